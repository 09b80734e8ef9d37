#!/bin/sh
# Write gcad.service, also where PID 1 is not systemd: an image that is being built boots later.
cat > /usr/lib/systemd/system/gcad.service <<'UNIT'
[Unit]
Description=GC Arc Service
After=himdsd.service

[Service]
Environment=HOME=/var/lib/GuestConfig
ExecStart=/opt/GC_Service/GC/gc_linux_service
Restart=always
RestartSec=10s
TimeoutStopSec=600
CPUQuota=5%

[Install]
WantedBy=multi-user.target
UNIT
chmod 0644 /usr/lib/systemd/system/gcad.service
