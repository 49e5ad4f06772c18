#include "record_access.h"

#include "isletbench/racp.h"
#include "sending.h"

static void answer(struct ib_cgm_service *service, uint8_t opcode, enum ib_racp_outcome outcome, uint64_t now)
{
    uint8_t octets[4];
    struct ib_writer value = ib_writer_of(octets, sizeof octets);
    service->is_accessing = true;
    ib_racp_write_response(&value, &ib_racp_generic, opcode, outcome);
    ib_cgm_send(service, IB_CGMS_RECORD_ACCESS_UUID, (struct ib_octets){octets, value.count}, now);
}

static void answer_count(struct ib_cgm_service *service, uint32_t count, uint64_t now)
{
    uint8_t octets[4];
    struct ib_writer value = ib_writer_of(octets, sizeof octets);
    ib_racp_write_count(&value, &ib_racp_generic, count);
    ib_cgm_send(service, IB_CGMS_RECORD_ACCESS_UUID, (struct ib_octets){octets, value.count}, now);
}

/* The stored records that a request selects by their time offsets. */
static struct ib_cgm_range selected(struct ib_cgm_records *records, const struct ib_racp_request *request)
{
    struct ib_cgm_range range = {(request->low + IB_CGM_CADENCE_MIN - 1) / IB_CGM_CADENCE_MIN, request->high / IB_CGM_CADENCE_MIN};
    struct ib_cgm_range none = {1, 0};
    uint32_t number = range.low;
    if (!ib_cgm_next_stored(records, &number, range.high)) {
        return none;
    }
    if (request->which == IB_RACP_FIRST) {
        return (struct ib_cgm_range){number, number};
    }
    if (request->which == IB_RACP_LAST) {
        uint32_t last = number;
        for (; ib_cgm_next_stored(records, &number, range.high); number++) {
            last = number;
        }
        return (struct ib_cgm_range){last, last};
    }
    /* Results that are measured during the report are not part of it. */
    return (struct ib_cgm_range){number, range.high < records->made ? range.high : records->made - 1};
}

static uint32_t count_in(struct ib_cgm_records *records, struct ib_cgm_range range)
{
    uint32_t count = 0;
    for (uint32_t number = range.low; ib_cgm_next_stored(records, &number, range.high); number++) {
        count++;
    }
    return count;
}

static void delete(struct ib_cgm_records *records, struct ib_cgm_range range)
{
    for (uint32_t number = range.low; ib_cgm_next_stored(records, &number, range.high); number++) {
        ib_cgm_record_at(records, number)->is_stored = 0;
    }
}

static void perform(struct ib_cgm_service *service, const struct ib_racp_request *request, uint64_t now)
{
    struct ib_cgm_records *records = &service->sensor->records;
    if (request->operation == IB_RACP_ABORT) {
        service->transfer.due = IB_NEVER;
        answer(service, request->opcode, IB_RACP_SUCCESS, now);
        return;
    }
    struct ib_cgm_range range = selected(records, request);
    uint32_t count = count_in(records, range);
    if (request->operation == IB_RACP_COUNT) {
        answer_count(service, count, now);
    } else if (count == 0) {
        answer(service, request->opcode, IB_RACP_NO_RECORDS_FOUND, now);
    } else if (request->operation == IB_RACP_DELETE) {
        delete (records, range);
        answer(service, request->opcode, IB_RACP_SUCCESS, now);
    } else {
        service->transfer = (struct ib_cgm_transfer){
            .next = range.low,
            .high = range.high,
            .began_ms = service->sensor->began_ms,
            .due = now + IB_CGM_TRANSFER_SPACING_MS,
        };
    }
}

enum ib_att_code ib_cgm_access_records(struct ib_cgm_service *service, struct ib_octets value, uint64_t now)
{
    const uint8_t abort_opcode = ib_racp_generic.opcodes[IB_RACP_ABORT];
    if (!ib_cgm_is_subscribed(service, IB_CGMS_RECORD_ACCESS_UUID)) {
        return IB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
    }
    if (service->is_accessing && !(value.count > 0 && value.at[0] == abort_opcode)) {
        return IB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS;
    }
    if (value.count == 0) {
        return IB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    struct ib_racp_request request;
    enum ib_racp_outcome outcome = ib_racp_head(&ib_racp_generic, value, &request);
    if (outcome == IB_RACP_SUCCESS) {
        if (request.operation == IB_RACP_REPORT && !ib_cgm_is_subscribed(service, IB_CGMS_MEASUREMENT_UUID)) {
            return IB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
        }
        outcome = ib_racp_read(&ib_racp_generic, value, &request);
    }
    if (outcome == IB_RACP_SUCCESS) {
        service->is_accessing = true;
        perform(service, &request, now);
    } else {
        answer(service, request.opcode, outcome, now);
    }
    return IB_ATT_CODE_SUCCESS;
}

/* One notification of as many whole records as fit; false when there was none left. */
static bool send_records(struct ib_cgm_service *service, uint64_t now)
{
    struct ib_cgm_transfer *transfer = &service->transfer;
    struct ib_cgm_records *records = &service->sensor->records;
    uint8_t octets[IB_MAX_VALUE];
    struct ib_writer value = ib_writer_of(octets, sizeof octets);
    size_t packed = 0;
    for (; ib_cgm_next_stored(records, &transfer->next, transfer->high); transfer->next++) {
        ib_cgm_record_write(&value, ib_cgm_record_at(records, transfer->next), transfer->next);
        if (value.error != IB_WIRE_OK) {
            break;
        }
        packed = value.count;
    }
    if (packed > 0) {
        ib_cgm_send(service, IB_CGMS_MEASUREMENT_UUID, (struct ib_octets){octets, packed}, now);
    }
    return packed > 0;
}

void ib_cgm_transfer_step(struct ib_cgm_service *service, uint64_t now)
{
    const uint8_t report_opcode = ib_racp_generic.opcodes[IB_RACP_REPORT];
    struct ib_cgm_transfer *transfer = &service->transfer;
    struct ib_cgm_records *records = &service->sensor->records;
    bool is_other_session = transfer->began_ms < service->sensor->began_ms;
    bool is_left = is_other_session ? transfer->next <= transfer->high
                                    : ib_cgm_next_stored(records, &transfer->next, transfer->high);
    if (is_left && (is_other_session || !ib_cgm_is_subscribed(service, IB_CGMS_MEASUREMENT_UUID))) {
        /* A new session has cleared the store, or the client has unsubscribed: the rest cannot be sent. */
        transfer->due = IB_NEVER;
        answer(service, report_opcode, IB_RACP_PROCEDURE_NOT_COMPLETED, now);
    } else if (send_records(service, now)) {
        transfer->due = now + IB_CGM_TRANSFER_SPACING_MS;
    } else {
        transfer->due = IB_NEVER;
        answer(service, report_opcode, IB_RACP_SUCCESS, now);
    }
}
