#!/bin/sh
# Write extd.service, also where PID 1 is not systemd: an image that is being built boots later.
cat > /usr/lib/systemd/system/extd.service <<'UNIT'
[Unit]
Description=Extension Service
After=himdsd.service
Requires=himdsd.service

[Service]
Environment=HOME=/var/lib/GuestConfig
ExecStart=/opt/GC_Ext/GC/gc_linux_service
Restart=always
RestartSec=10s
TimeoutStopSec=600
CPUQuota=5%
KillMode=process

[Install]
WantedBy=multi-user.target
UNIT
chmod 0644 /usr/lib/systemd/system/extd.service
