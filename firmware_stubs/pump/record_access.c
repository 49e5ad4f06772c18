#include "record_access.h"

#include "isletbench/racp.h"
#include "sending.h"

static enum ib_history_kind kind_of(uint8_t filter)
{
    switch (filter) {
    case IB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_REFERENCE_TIME:
        return IB_HISTORY_REFERENCE_TIMES;
    case IB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_OTHER_EVENTS:
        return IB_HISTORY_OTHERS;
    default:
        return IB_HISTORY_ALL;
    }
}

static struct ib_history_selection selection_of(const struct ib_racp_request *request)
{
    return (struct ib_history_selection){
        .kind = kind_of(request->filter),
        .low = request->low,
        .high = request->high,
        .end = request->which == IB_RACP_FIRST  ? IB_HISTORY_FIRST
             : request->which == IB_RACP_LAST ? IB_HISTORY_LAST
                                              : IB_HISTORY_EVERY,
    };
}

static enum ib_racp_outcome remove_records(struct ib_history *history, const struct ib_history_selection *selection)
{
    if (ib_history_splits(history, selection)) {
        return IB_RACP_PROCEDURE_NOT_APPLICABLE;
    }
    ib_history_delete(history, selection);
    return IB_RACP_SUCCESS;
}

void ib_access_records(struct ib_pump_service *service, struct ib_octets request, ib_instant now, struct ib_writer *answer)
{
    struct ib_history *history = &service->pump->history;
    struct ib_racp_request asked;
    enum ib_racp_outcome outcome = ib_racp_read(&ib_racp_ids, request, &asked);

    if (outcome == IB_RACP_SUCCESS && asked.operation == IB_RACP_ABORT) {
        service->transfer.due = IB_NOT_DUE;
    } else if (outcome == IB_RACP_SUCCESS) {
        struct ib_history_selection selection = selection_of(&asked);
        const size_t found = ib_history_resolve(history, &selection);

        if (asked.operation == IB_RACP_COUNT) {
            ib_racp_write_count(answer, &ib_racp_ids, (uint32_t)found);
            return;
        }
        if (found > 0 && asked.operation == IB_RACP_REPORT) {
            service->transfer = (struct ib_pump_transfer){selection, selection.low, now + IB_PUMP_TRANSFER_SPACING};
            return;
        }
        outcome = found > 0 ? remove_records(history, &selection) : IB_RACP_NO_RECORDS_FOUND;
    }
    ib_racp_write_response(answer, &ib_racp_ids, asked.opcode, outcome);
}

static void send_record(struct ib_pump_service *service, const struct ib_history_record *record, ib_instant now)
{
    uint8_t octets[IB_PUMP_PAYLOAD];
    struct ib_writer value = ib_writer_of(octets, sizeof octets);

    ib_write_uint(&value, record->type, 2);
    ib_write_uint(&value, record->number, 4);
    ib_write_uint(&value, record->offset_s, 2);
    ib_write_octets(&value, (struct ib_octets){record->data, record->size});
    ib_pump_send(service, IB_IDS_HISTORY_DATA_UUID, (struct ib_octets){octets, value.count}, now);
}

static void send_report_response(struct ib_pump_service *service, ib_instant now)
{
    uint8_t octets[IB_PUMP_PAYLOAD];
    struct ib_writer value = ib_writer_of(octets, sizeof octets);

    ib_racp_write_response(&value, &ib_racp_ids, ib_racp_ids.opcodes[IB_RACP_REPORT], IB_RACP_SUCCESS);
    ib_pump_send(service, IB_IDS_RECORD_ACCESS_UUID, (struct ib_octets){octets, value.count}, now);
}

void ib_transfer_step(struct ib_pump_service *service, ib_instant now)
{
    struct ib_pump_transfer *transfer = &service->transfer;
    const struct ib_history_record *record = ib_history_next(&service->pump->history, &transfer->selection, transfer->next);

    if (record != NULL) {
        transfer->next = record->number + 1;
        transfer->due = now + IB_PUMP_TRANSFER_SPACING;
        send_record(service, record, now);
    } else {
        transfer->due = IB_NOT_DUE;
        send_report_response(service, now);
    }
}
