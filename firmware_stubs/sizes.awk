# What programs need on the chip, from the table that `size` prints. Initialised variables need both: flash keeps their values.
NR == 1 { printf "%-20s %10s %10s\n", "", "flash", "RAM"; next }
{ sub(".*/", "", $6); printf "%-20s %8d B %8d B\n", $6, $1 + $2, $2 + $3 }
