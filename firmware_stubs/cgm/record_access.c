/* Record access. CGMS 1.0.1, section 3.6; as emulator/record_access.py. */
#include "loopbench/racp.h"
#include "service.h"

static void answer(struct lb_cgm_service *service, uint8_t opcode, enum lb_racp_outcome outcome, uint64_t now)
{
    uint8_t octets[4];
    struct lb_writer value = lb_writer_of(octets, sizeof octets);
    service->is_accessing = true;
    lb_racp_write_response(&value, &lb_racp_generic, opcode, outcome);
    lb_cgm_tell(service, LB_CGMS_RECORD_ACCESS_UUID, (struct lb_octets){octets, value.count}, now);
}

static void answer_count(struct lb_cgm_service *service, uint32_t count, uint64_t now)
{
    uint8_t octets[4];
    struct lb_writer value = lb_writer_of(octets, sizeof octets);
    lb_racp_write_count(&value, &lb_racp_generic, count);
    lb_cgm_tell(service, LB_CGMS_RECORD_ACCESS_UUID, (struct lb_octets){octets, value.count}, now);
}

/* The stored records a request means, which compares time offsets. */
static struct lb_cgm_range chosen(struct lb_cgm_records *records, const struct lb_racp_request *request)
{
    struct lb_cgm_range range = {(request->low + LB_CGM_CADENCE_MIN - 1) / LB_CGM_CADENCE_MIN, request->high / LB_CGM_CADENCE_MIN};
    struct lb_cgm_range none = {1, 0};
    uint32_t number = range.low;
    if (!lb_cgm_next_stored(records, &number, range.high)) {
        return none;
    }
    if (request->which == LB_RACP_FIRST) {
        return (struct lb_cgm_range){number, number};
    }
    if (request->which == LB_RACP_LAST) {
        uint32_t last = number;
        for (; lb_cgm_next_stored(records, &number, range.high); number++) {
            last = number;
        }
        return (struct lb_cgm_range){last, last};
    }
    /* What will be measured while the records are on their way was not asked for. */
    return (struct lb_cgm_range){number, range.high < records->made ? range.high : records->made - 1};
}

static uint32_t count_in(struct lb_cgm_records *records, struct lb_cgm_range range)
{
    uint32_t count = 0;
    for (uint32_t number = range.low; lb_cgm_next_stored(records, &number, range.high); number++) {
        count++;
    }
    return count;
}

static void delete(struct lb_cgm_records *records, struct lb_cgm_range range)
{
    for (uint32_t number = range.low; lb_cgm_next_stored(records, &number, range.high); number++) {
        lb_cgm_record_at(records, number)->is_stored = 0;
    }
}

static void perform(struct lb_cgm_service *service, const struct lb_racp_request *request, uint64_t now)
{
    struct lb_cgm_records *records = &service->sensor->records;
    if (request->operation == LB_RACP_ABORT) {
        service->transfer.due = LB_NEVER;
        answer(service, request->opcode, LB_RACP_SUCCESS, now);
        return;
    }
    struct lb_cgm_range range = chosen(records, request);
    uint32_t count = count_in(records, range);
    if (request->operation == LB_RACP_COUNT) {
        answer_count(service, count, now);
    } else if (count == 0) {
        answer(service, request->opcode, LB_RACP_NO_RECORDS_FOUND, now);
    } else if (request->operation == LB_RACP_DELETE) {
        delete (records, range);
        answer(service, request->opcode, LB_RACP_SUCCESS, now);
    } else {
        service->transfer = (struct lb_cgm_transfer){
            .next = range.low,
            .high = range.high,
            .began_ms = service->sensor->began_ms,
            .due = now + LB_CGM_TRANSFER_SPACING_MS,
        };
    }
}

enum lb_att_code lb_cgm_access_records(struct lb_cgm_service *service, struct lb_octets value, uint64_t now)
{
    const uint8_t abort_opcode = lb_racp_generic.opcodes[LB_RACP_ABORT];
    if (!lb_cgm_subscribed(service, LB_CGMS_RECORD_ACCESS_UUID)) {
        return LB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
    }
    if (service->is_accessing && !(value.count > 0 && value.at[0] == abort_opcode)) {
        return LB_ATT_CODE_PROCEDURE_ALREADY_IN_PROGRESS;
    }
    if (value.count == 0) {
        return LB_ATT_CODE_INVALID_ATTRIBUTE_VALUE_LENGTH;
    }
    struct lb_racp_request request;
    enum lb_racp_outcome outcome = lb_racp_head(&lb_racp_generic, value, &request);
    if (outcome == LB_RACP_SUCCESS) {
        if (request.operation == LB_RACP_REPORT && !lb_cgm_subscribed(service, LB_CGMS_MEASUREMENT_UUID)) {
            return LB_ATT_CODE_CCCD_IMPROPERLY_CONFIGURED;
        }
        outcome = lb_racp_read(&lb_racp_generic, value, &request);
    }
    if (outcome == LB_RACP_SUCCESS) {
        service->is_accessing = true;
        perform(service, &request, now);
    } else {
        answer(service, request.opcode, outcome, now);
    }
    return LB_ATT_CODE_SUCCESS;
}

/* One notification of as many whole records as fit; false when there was none left. */
static bool send_records(struct lb_cgm_service *service, uint64_t now)
{
    struct lb_cgm_transfer *transfer = &service->transfer;
    struct lb_cgm_records *records = &service->sensor->records;
    uint8_t octets[LB_MAX_VALUE];
    struct lb_writer value = lb_writer_of(octets, sizeof octets);
    size_t packed = 0;
    for (; lb_cgm_next_stored(records, &transfer->next, transfer->high); transfer->next++) {
        lb_cgm_record_write(&value, lb_cgm_record_at(records, transfer->next), transfer->next);
        if (value.error != LB_WIRE_OK) {
            break;
        }
        packed = value.count;
    }
    if (packed > 0) {
        lb_cgm_tell(service, LB_CGMS_MEASUREMENT_UUID, (struct lb_octets){octets, packed}, now);
    }
    return packed > 0;
}

void lb_cgm_transfer_step(struct lb_cgm_service *service, uint64_t now)
{
    const uint8_t report_opcode = lb_racp_generic.opcodes[LB_RACP_REPORT];
    struct lb_cgm_transfer *transfer = &service->transfer;
    struct lb_cgm_records *records = &service->sensor->records;
    bool is_other_session = transfer->began_ms < service->sensor->began_ms;
    bool is_left = is_other_session ? transfer->next <= transfer->high
                                    : lb_cgm_next_stored(records, &transfer->next, transfer->high);
    if (is_left && (is_other_session || !lb_cgm_subscribed(service, LB_CGMS_MEASUREMENT_UUID))) {
        /* A new session has cleared the store, or nobody listens any more: the rest cannot be sent. */
        transfer->due = LB_NEVER;
        answer(service, report_opcode, LB_RACP_PROCEDURE_NOT_COMPLETED, now);
    } else if (send_records(service, now)) {
        transfer->due = now + LB_CGM_TRANSFER_SPACING_MS;
    } else {
        transfer->due = LB_NEVER;
        answer(service, report_opcode, LB_RACP_SUCCESS, now);
    }
}
