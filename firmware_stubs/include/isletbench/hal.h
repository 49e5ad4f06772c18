/* Everything outside a stub, as functions of the port it runs on. Nothing else in link/, gatt/, cgm/ and pump/ does I/O. */
#ifndef ISLETBENCH_HAL_H
#define ISLETBENCH_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ib_hal {
    void *context;                                                      /* passed to every function */
    size_t (*receive)(void *context, uint8_t *octets, size_t capacity); /* what has been received; never blocks */
    void (*send)(void *context, const uint8_t *octets, size_t count);   /* all of it */
    uint64_t (*now_ms)(void *context);                                  /* monotonic */
    bool (*is_occluded)(void *context);        /* the input pin of the pump; may be NULL: never */
    uint16_t (*glucose_mg_dl)(void *context);  /* at the sensor of the CGM; may be NULL: a built-in curve */
    void (*wait)(void *context, uint64_t until_ms); /* idle until then or until something arrives; may return early */
};

/* No deadline: nothing is due. */
#define IB_NEVER UINT64_MAX

#ifdef __cplusplus
}
#endif

#endif
