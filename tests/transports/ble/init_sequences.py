"""What the Bluetooth hosts of others send to a controller at start, in the order of their sources: op codes with parameters.

Each sequence was read in the public source that is named, as that code runs on a controller with the features and commands that
ours says it has: LE only, encryption, longer packets, no link-layer privacy, no isochronous channels, no extended advertising.
Constants that a product chooses when it is built (event masks of Android, sizes of its buffers) are examples. What these hosts
send after that, to scan, connect and pair, depends on their programs: those commands are tests beside this one.
"""

EVENT_MASK = "FFFFFFFFFFFFBF3D"

SEQUENCES: dict[str, list[tuple[int, str]]] = {
    # Linux, net/bluetooth/hci_sync.c: hci_init1_sync, hci_init2_sync, hci_init3_sync, hci_init4_sync
    "BlueZ": [
        (0x0C03, ""),
        (0x1003, ""),
        (0x1001, ""),
        (0x1009, ""),
        (0x1002, ""),
        (0x1004, "01"),
        (0x2003, ""),
        (0x2002, ""),
        (0x201C, ""),
        (0x0C01, "90E8040204800020"),
        (0x1004, "02"),
        (0x1004, "03"),
        (0x2001, "FF0D080000000000"),
        (0x2007, ""),
        (0x204B, ""),
        (0x200F, ""),
        (0x2010, ""),
        (0x202A, ""),
        (0x2029, ""),
        (0x202E, "8403"),
        (0x202F, ""),
        (0x2023, ""),
        (0x0C63, "0000800000000000"),
        (0x2024, "FB001027"),
        (0x2031, "000707"),
    ],
    # Zephyr, subsys/bluetooth/host/hci_core.c: common_init, le_init, set_event_mask, hci_vs_init
    "Zephyr": [
        (0x0C03, ""),
        (0x1003, ""),
        (0x1001, ""),
        (0x1002, ""),
        (0x2003, ""),
        (0x2002, ""),
        (0x201C, ""),
        (0x202F, ""),
        (0x2024, "FB001027"),
        (0x2001, "7F06000000000000"),
        (0x0C01, "9088000200800020"),
        (0x1009, ""),
    ],
    # Android, system/gd/hci/controller.cc, Start: each answer is asserted to be a success
    "Android, Gabeldorsche": [
        (0x0C01, EVENT_MASK),
        (0x0C6D, "0100"),
        (0x0C14, ""),
        (0x1001, ""),
        (0x1002, ""),
        (0x2003, ""),
        (0x201C, ""),
        (0x1004, "00"),
        (0x1004, "01"),
        (0x1004, "02"),
        (0x1004, "03"),
        (0x2001, "7FFE020000000000"),
        (0x1005, ""),
        (0x2060, ""),
        (0x200F, ""),
        (0x202F, ""),
        (0x0C56, "01"),
        (0x2023, ""),
        (0x1009, ""),
    ],
    # Android before it, system/device/src/controller.cc, start_up
    "Android, Bluedroid": [
        (0x0C03, ""),
        (0x1005, ""),
        (0x0C33, "9B06FF14000A00"),
        (0x1001, ""),
        (0x1009, ""),
        (0x1002, ""),
        (0x1004, "00"),
        (0x0C6D, "0100"),
        (0x1004, "01"),
        (0x1004, "02"),
        (0x200F, ""),
        (0x2003, ""),
        (0x2002, ""),
        (0x201C, ""),
        (0x202F, ""),
        (0x2023, ""),
        (0x2001, "7F02FE7F00000000"),
    ],
    # BTstack, src/hci.c: hci_initializing_run, built for LE central and data length extension
    "BTstack": [
        (0x0C03, ""),
        (0x1001, ""),
        (0x1002, ""),
        (0x1009, ""),
        (0x1005, ""),
        (0x1003, ""),
        (0x0C01, "FFFFFFFFFFFFFF3F"),
        (0x0C63, "0000000200000000"),
        (0x2060, ""),
        (0x2001, "FFFDFFFF07000000"),
        (0x202F, ""),
        (0x2024, "FB001027"),
        (0x200F, ""),
    ],
    # NimBLE, nimble/host/src/ble_hs_startup.c: ble_hs_startup_go
    "NimBLE": [
        (0x0C03, ""),
        (0x0C01, "9080000200000020"),
        (0x0C63, "0000800000000000"),
        (0x2001, "7F1A0F0000000000"),
        (0x2002, ""),
        (0x2003, ""),
        (0x1009, ""),
    ],
}

VENDOR_COMMANDS = {
    "Zephyr": 0xFC01,  # hci_vs_init: without an answer of success it goes on without extensions
    "Android, Gabeldorsche": 0xFD53,  # LE Get Vendor Capabilities: its layer takes Unknown HCI Command for none
}
"""What a host asks at start and does without; it has to be answered all the same."""
