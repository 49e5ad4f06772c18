/* The Record Access Control Point over the history. A report takes time: one notification a step, so that an Abort can get in
 * between. Source: IDS 1.0.2, section 3.9. */
#include "loopbench/racp.h"
#include "points.h"

static enum lb_history_kind kind_of(uint8_t filter)
{
    switch (filter) {
    case LB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_REFERENCE_TIME:
        return LB_HISTORY_REFERENCE_TIMES;
    case LB_RACP_IDS_FILTER_SEQUENCE_NUMBER_OF_OTHER_EVENTS:
        return LB_HISTORY_OTHERS;
    default:
        return LB_HISTORY_ALL;
    }
}

static struct lb_history_selection selection_of(const struct lb_racp_request *request)
{
    return (struct lb_history_selection){
        .kind = kind_of(request->filter),
        .low = request->low,
        .high = request->high,
        .end = request->which == LB_RACP_FIRST  ? LB_HISTORY_FIRST
             : request->which == LB_RACP_LAST ? LB_HISTORY_LAST
                                              : LB_HISTORY_EVERY,
    };
}

static enum lb_racp_outcome remove_records(struct lb_history *history, const struct lb_history_selection *selection)
{
    if (lb_history_splits(history, selection)) {
        return LB_RACP_PROCEDURE_NOT_APPLICABLE;
    }
    lb_history_delete(history, selection);
    return LB_RACP_SUCCESS;
}

void lb_access_records(struct lb_pump_service *service, struct lb_octets request, lb_instant now, struct lb_writer *answer)
{
    struct lb_history *history = &service->pump->history;
    struct lb_racp_request asked;
    enum lb_racp_outcome outcome = lb_racp_read(&lb_racp_ids, request, &asked);

    if (outcome == LB_RACP_SUCCESS && asked.operation == LB_RACP_ABORT) {
        service->transfer.due = LB_NOT_DUE;
    } else if (outcome == LB_RACP_SUCCESS) {
        struct lb_history_selection selection = selection_of(&asked);
        const size_t found = lb_history_settle(history, &selection);

        if (asked.operation == LB_RACP_COUNT) {
            lb_racp_write_count(answer, &lb_racp_ids, (uint32_t)found);
            return;
        }
        if (found > 0 && asked.operation == LB_RACP_REPORT) {
            service->transfer = (struct lb_pump_transfer){selection, selection.low, now + LB_PUMP_TRANSFER_SPACING};
            return;
        }
        outcome = found > 0 ? remove_records(history, &selection) : LB_RACP_NO_RECORDS_FOUND;
    }
    lb_racp_write_response(answer, &lb_racp_ids, asked.opcode, outcome);
}

static void tell_record(struct lb_pump_service *service, const struct lb_history_record *record, lb_instant now)
{
    uint8_t octets[LB_PUMP_PAYLOAD];
    struct lb_writer value = lb_writer_of(octets, sizeof octets);

    lb_write_uint(&value, record->type, 2);
    lb_write_uint(&value, record->number, 4);
    lb_write_uint(&value, record->offset_s, 2);
    lb_write_octets(&value, (struct lb_octets){record->data, record->size});
    lb_pump_tell(service, LB_IDS_HISTORY_DATA_UUID, (struct lb_octets){octets, value.count}, now);
}

static void tell_reported(struct lb_pump_service *service, lb_instant now)
{
    uint8_t octets[LB_PUMP_PAYLOAD];
    struct lb_writer value = lb_writer_of(octets, sizeof octets);

    lb_racp_write_response(&value, &lb_racp_ids, lb_racp_ids.opcodes[LB_RACP_REPORT], LB_RACP_SUCCESS);
    lb_pump_tell(service, LB_IDS_RECORD_ACCESS_UUID, (struct lb_octets){octets, value.count}, now);
}

void lb_transfer_step(struct lb_pump_service *service, lb_instant now)
{
    struct lb_pump_transfer *transfer = &service->transfer;
    const struct lb_history_record *record = lb_history_next(&service->pump->history, &transfer->selection, transfer->next);

    if (record != NULL) {
        transfer->next = record->number + 1;
        transfer->due = now + LB_PUMP_TRANSFER_SPACING;
        tell_record(service, record, now);
    } else {
        transfer->due = LB_NOT_DUE;
        tell_reported(service, now);
    }
}
