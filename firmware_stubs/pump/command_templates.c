#include "command_templates.h"

#include <string.h>

#include "amounts.h"
#include "isletbench/pump/machine.h"
#include "isletbench/pump/schedule.h"
#include "sending.h"

#define OK IB_IDS_RESPONSE_SUCCESS
#define INVALID IB_IDS_RESPONSE_INVALID_OPERAND
#define IMPLAUSIBLE IB_IDS_RESPONSE_PLAUSIBILITY_CHECK_FAILED
#define OUT_OF_RANGE IB_IDS_RESPONSE_PARAMETER_OUT_OF_RANGE
#define BLOCKS_PER_RECORD 3U
#define DAY_MINUTES 1440U
#define MOST_NUMBERS 14U /* template numbers in one operand (IDS 1.0.2, section 3.7.2.18) */

void ib_discard_transaction(struct ib_pump_service *service)
{
    memset(&service->transaction, 0, sizeof service->transaction);
}

static struct ib_ids_block wire_block(const struct ib_basal_block *block)
{
    return (struct ib_ids_block){block->minutes, ib_iu(block->rate)};
}

static void send_data(struct ib_call *call, const struct ib_writer *record)
{
    ib_pump_send(call->service, IB_IDS_COMMAND_DATA_VALUE_UUID, (struct ib_octets){record->octets, record->count}, call->now);
}

enum ib_ids_response ib_read_template(struct ib_call *call)
{
    struct ib_ids_read_basal_rate_profile_template request;

    ib_ids_read_basal_rate_profile_template_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return INVALID;
    }
    if (ib_templates_check(request.template_number) != OK) {
        return OUT_OF_RANGE;
    }
    const struct ib_basal_template *profile = ib_templates_at(&call->pump->templates, request.template_number);
    if (profile->count == 0) {
        return IB_IDS_RESPONSE_PROCEDURE_NOT_APPLICABLE;
    }
    for (size_t at = 0; at < profile->count; at += BLOCKS_PER_RECORD) {
        const struct ib_basal_block *blocks = &profile->blocks[at];
        const size_t left = profile->count - at;
        struct ib_ids_basal_rate_profile_template_record data = {
            .template_number = request.template_number,
            .first_index = (uint8_t)(at + 1),
            .first = wire_block(&blocks[0]),
            .has_second = left > 1,
            .has_third = left > 2,
        };
        uint8_t octets[IB_PUMP_PAYLOAD];
        struct ib_writer record = ib_writer_of(octets, sizeof octets);

        if (data.has_second) {
            data.second = wire_block(&blocks[1]);
        }
        if (data.has_third) {
            data.third = wire_block(&blocks[2]);
        }
        ib_write_uint(&record, IB_IDS_COMMAND_DATA_BASAL_RATE_PROFILE_TEMPLATE_RECORD, 2);
        ib_ids_basal_rate_profile_template_record_write(&record, &data);
        send_data(call, &record);
    }
    return OK;
}

/* Read the blocks of one record as this pump can store them. */
static enum ib_ids_response take_blocks(const struct ib_ids_write_basal_rate_profile_template *request,
                                        struct ib_basal_block blocks[BLOCKS_PER_RECORD], size_t *count)
{
    const struct ib_ids_block given[] = {request->first, request->second, request->third};

    *count = request->has_third ? 3 : request->has_second ? 2 : 1;
    for (size_t i = 0; i < *count; i++) {
        if ((i == 1 && !request->has_second) || !ib_sfloat_is_number(given[i].value)) {
            return INVALID;
        }
    }
    for (size_t i = 0; i < *count; i++) {
        int64_t rate;

        if (given[i].duration == 0 || ib_uu(given[i].value, &rate) != OK || !ib_rate_is_settable(rate)) {
            return OUT_OF_RANGE;
        }
        blocks[i] = (struct ib_basal_block){given[i].duration, (int32_t)rate};
    }
    return OK;
}

static enum ib_ids_response add_blocks(struct ib_pump_transaction *transaction, uint8_t first_index,
                                       const struct ib_basal_block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t index = first_index + i;

        if (index < 1 || index > IB_PUMP_BASAL_BLOCKS) {
            return OUT_OF_RANGE;
        }
        if (transaction->received >> (index - 1) & 1U) {
            return IMPLAUSIBLE;
        }
        transaction->received |= 1U << (index - 1);
        transaction->profile.blocks[index - 1] = blocks[i];
        transaction->profile.count++;
    }
    return OK;
}

/* A complete template has no gap and lasts a day. */
static enum ib_ids_response check_complete(const struct ib_pump_transaction *transaction)
{
    const struct ib_basal_template *profile = &transaction->profile;
    unsigned minutes = 0;

    for (size_t i = 0; i < profile->count; i++) {
        minutes += profile->blocks[i].minutes;
    }
    return transaction->received + 1 == 1U << profile->count && minutes == DAY_MINUTES ? OK : IMPLAUSIBLE;
}

/* Take one record. Any error ends the transaction, and the stored template stays as it was. */
static enum ib_ids_response take_record(struct ib_call *call, const struct ib_ids_write_basal_rate_profile_template *request)
{
    struct ib_pump_transaction *transaction = &call->service->transaction;
    const bool begins = transaction->number == 0;
    struct ib_basal_block blocks[BLOCKS_PER_RECORD];
    size_t count;
    enum ib_ids_response answer = take_blocks(request, blocks, &count);

    if (answer == INVALID) {
        return answer;
    }
    if (ib_templates_check(request->template_number) != OK) {
        return OUT_OF_RANGE;
    }
    if (answer != OK) {
        return answer;
    }
    if (begins) {
        transaction->number = request->template_number;
    }
    if (transaction->number != request->template_number) {
        return IMPLAUSIBLE;
    }
    answer = add_blocks(transaction, request->first_index, blocks, count);
    return answer == OK && request->end_transaction ? check_complete(transaction) : answer;
}

enum ib_ids_response ib_write_template(struct ib_call *call)
{
    struct ib_ids_write_basal_rate_profile_template request;

    ib_ids_write_basal_rate_profile_template_read(&call->operand, &request);
    if (!ib_reader_end(&call->operand)) {
        return INVALID;
    }
    const enum ib_ids_response answer = take_record(call, &request);
    if (answer == OK && request.end_transaction) {
        ib_pump_store_template(call->pump, request.template_number, &call->service->transaction.profile, call->now);
        ib_discard_transaction(call->service);
    }
    ib_write_uint(call->answer, IB_IDS_COMMAND_WRITE_BASAL_RATE_PROFILE_TEMPLATE_RESPONSE, 2);
    ib_ids_write_basal_rate_profile_template_response_write(
        call->answer, &(struct ib_ids_write_basal_rate_profile_template_response){request.template_number, request.first_index,
                                                                                  request.end_transaction});
    return answer;
}

/* Two bits a template, the first one lowest: configurable, configured (IDS 1.0.2, section 3.8.1.8). */
enum ib_ids_response ib_get_template_status(struct ib_call *call)
{
    uint8_t octets[IB_PUMP_PAYLOAD];
    uint8_t states[(IB_PUMP_BASAL_COUNT + 3) / 4] = {0};
    struct ib_writer record = ib_writer_of(octets, sizeof octets);

    if (!ib_reader_end(&call->operand)) {
        return INVALID;
    }
    for (size_t i = 0; i < IB_PUMP_BASAL_COUNT; i++) {
        const unsigned state = call->pump->templates.all[i].count > 0 ? 3U : 1U;

        states[i / 4] = (uint8_t)(states[i / 4] | state << 2 * (i % 4));
    }
    ib_write_uint(&record, IB_IDS_COMMAND_DATA_TEMPLATE_STATUS_RECORD, 2);
    ib_ids_template_status_record_write(&record, &(struct ib_ids_template_status_record){
                                                     .template_type = IB_IDS_TEMPLATE_TYPE_BASAL_RATE_PROFILE,
                                                     .starting_number = IB_PUMP_BASAL_FIRST,
                                                     .number_of_templates = IB_PUMP_BASAL_COUNT,
                                                     .max_blocks = IB_PUMP_BASAL_BLOCKS,
                                                     .states = {states, sizeof states},
                                                 });
    send_data(call, &record);
    return OK;
}

/* 1 to 14 template numbers, none twice. */
static bool read_numbers(struct ib_call *call, struct ib_octets *numbers)
{
    struct ib_ids_activate_profile_templates request; /* Reset Template Status has the same operand */

    ib_ids_activate_profile_templates_read(&call->operand, &request);
    *numbers = request.template_numbers;
    if (!ib_reader_end(&call->operand) || numbers->count < 1 || numbers->count > MOST_NUMBERS) {
        return false;
    }
    for (size_t i = 1; i < numbers->count; i++) {
        if (memchr(numbers->at, numbers->at[i], i) != NULL) {
            return false;
        }
    }
    return true;
}

static void answer_numbers(struct ib_call *call, uint16_t opcode, struct ib_octets numbers)
{
    ib_write_uint(call->answer, opcode, 2);
    ib_ids_activate_profile_templates_response_write(call->answer,
                                                     &(struct ib_ids_activate_profile_templates_response){numbers});
}

enum ib_ids_response ib_reset_templates(struct ib_call *call)
{
    struct ib_octets numbers;

    if (!read_numbers(call, &numbers)) {
        return INVALID;
    }
    answer_numbers(call, IB_IDS_COMMAND_RESET_TEMPLATE_STATUS_RESPONSE, numbers);
    return ib_templates_reset(&call->pump->templates, numbers.at, numbers.count);
}

enum ib_ids_response ib_activate_templates(struct ib_call *call)
{
    struct ib_octets numbers;

    if (!read_numbers(call, &numbers)) {
        return INVALID;
    }
    answer_numbers(call, IB_IDS_COMMAND_ACTIVATE_PROFILE_TEMPLATES_RESPONSE, numbers);
    return ib_pump_activate_templates(call->pump, numbers.at, numbers.count, call->now);
}

enum ib_ids_response ib_get_activated_templates(struct ib_call *call)
{
    if (!ib_reader_end(&call->operand)) {
        return INVALID;
    }
    answer_numbers(call, IB_IDS_COMMAND_GET_ACTIVATED_PROFILE_TEMPLATES_RESPONSE,
                   (struct ib_octets){&call->pump->templates.activated, 1});
    return OK;
}
