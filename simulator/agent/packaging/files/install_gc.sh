#!/bin/sh
# Write and enable gcad.service. Where PID 1 is neither systemd nor init there is nothing to do.
case "$(cat /proc/1/comm 2>/dev/null)" in
    systemd|init) ;;
    *) exit 0;;
esac
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
