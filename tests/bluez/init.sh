#!/bin/sh
# The first program of the guest: mounts what the test shares, lets it talk, and switches the machine off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root PYTHONDONTWRITEBYTECODE=1
mount -t proc proc /proc
mount -t sysfs sys /sys 2>/dev/null
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /shared /checkout /packages
mount -t devpts pts /dev/pts
for place in /run /tmp /var/lib/bluetooth; do mount -t tmpfs tmpfs "$place"; done
modprobe -a 9pnet_virtio 9p hci_uart hci_vhci
for share in shared checkout packages; do mount -t 9p -o trans=virtio,version=9p2000.L,ro "$share" "/$share"; done
ip link set lo up
mkdir -p /run/dbus
dbus-daemon --system
stty -F /dev/ttyS2 raw
sh /shared/steps.sh >/dev/ttyS0 2>&1
echo "{\"ended\": $?}" >/dev/ttyS2
sync
echo o >/proc/sysrq-trigger
sleep 30
