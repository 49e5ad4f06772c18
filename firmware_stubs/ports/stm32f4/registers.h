/*
 * The registers of an STM32F4 that the stubs use. Source: RM0390 (STM32F446) and RM0090 (STM32F405), which agree on all of
 * these; PM0214 for the core's own.
 */
#ifndef ISLETBENCH_STM32F4_REGISTERS_H
#define ISLETBENCH_STM32F4_REGISTERS_H

#include <stdint.h>

struct stm32f4_usart {
    volatile uint32_t sr, dr, brr, cr1, cr2, cr3, gtpr;
};

struct stm32f4_gpio {
    volatile uint32_t moder, otyper, ospeedr, pupdr, idr, odr, bsrr, lckr, afrl, afrh;
};

struct stm32f4_rcc {
    volatile uint32_t cr, pllcfgr, cfgr, cir, ahb1rstr, ahb2rstr, ahb3rstr, reserved0, apb1rstr, apb2rstr, reserved1[2];
    volatile uint32_t ahb1enr, ahb2enr, ahb3enr, reserved2, apb1enr, apb2enr;
};

struct cortex_m_systick {
    volatile uint32_t csr, rvr, cvr, calib;
};

#define STM32F4_USART1 ((struct stm32f4_usart *)0x40011000U)
#define STM32F4_USART2 ((struct stm32f4_usart *)0x40004400U)
#define STM32F4_GPIOA ((struct stm32f4_gpio *)0x40020000U)
#define STM32F4_GPIOC ((struct stm32f4_gpio *)0x40020800U)
#define STM32F4_RCC ((struct stm32f4_rcc *)0x40023800U)
#define CORTEX_M_SYSTICK ((struct cortex_m_systick *)0xE000E010U)
#define CORTEX_M_NVIC_ISER ((volatile uint32_t *)0xE000E100U)
#define CORTEX_M_SCB_VTOR ((volatile uint32_t *)0xE000ED08U)

/* USART_SR and USART_CR1 (RM0390, 25.6) */
#define USART_SR_ORE (1U << 3)
#define USART_SR_RXNE (1U << 5)
#define USART_SR_TXE (1U << 7)
#define USART_CR1_RE (1U << 2)
#define USART_CR1_TE (1U << 3)
#define USART_CR1_RXNEIE (1U << 5)
#define USART_CR1_UE (1U << 13)

/* Positions in the vector table (RM0390, table 38) */
#define USART1_IRQ 37U
#define USART2_IRQ 38U

/* SYST_CSR (PM0214, 4.5.1) */
#define SYSTICK_ENABLE (1U << 0)
#define SYSTICK_TICKINT (1U << 1)
#define SYSTICK_CORE_CLOCK (1U << 2)

/* RCC (RM0390, 6.3) */
#define RCC_CR_HSEON (1U << 16)
#define RCC_CR_HSERDY (1U << 17)
#define RCC_CR_HSEBYP (1U << 18)
#define RCC_CR_PLLON (1U << 24)
#define RCC_CR_PLLRDY (1U << 25)
#define RCC_PLLCFGR_SRC_HSE (1U << 22)
#define RCC_CFGR_SW_PLL (2U << 0)
#define RCC_CFGR_SWS_MASK (3U << 2)
#define RCC_CFGR_SWS_PLL (2U << 2)
#define RCC_AHB1ENR_GPIOA (1U << 0)
#define RCC_AHB1ENR_GPIOC (1U << 2)
#define RCC_APB1ENR_USART2 (1U << 17)
#define RCC_APB2ENR_USART1 (1U << 4)

#endif
