"""Which proxy is in force, and what goes past it.

Source: "Update or remove proxy settings": `proxy.url` first, then HTTPS_PROXY, then none.
"""

BYPASS_HOSTS = {
    "AAD": ("login.windows.net", "login.microsoftonline.com", "pas.windows.net"),
    "ARM": ("management.azure.com",),
    "Arc": (".his.arc.azure.com", "his.arc.azure.com", ".guestconfiguration.azure.com", "guestconfiguration.azure.com"),
    "AMA": (".handler.control.monitor.azure.com", ".ods.opinsights.azure.com", "management.azure.com",
            ".monitoring.azure.com", ".ingest.monitor.azure.com"),
    "ArcData": (".arcdataservices.com",),
}  # fmt: skip


def effective_proxy(config, environment):
    """Give (URL, bypass list) of the proxy in force; an empty URL means none. A gateway knows no bypass."""
    url = config.effective("proxy.url") or environment.get("HTTPS_PROXY") or environment.get("https_proxy") or ""
    return url, [] if config.effective("connection.type") == "gateway" else config.effective("proxy.bypass")


def is_bypassed(host, bypass):
    """Say whether a host belongs to one of the bypassed services."""
    return any(
        host == pattern or (pattern.startswith(".") and host.endswith(pattern))
        for service in bypass
        for pattern in BYPASS_HOSTS.get(service, ())
    )
