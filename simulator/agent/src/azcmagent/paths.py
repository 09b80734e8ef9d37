"""Where things lie. Source: agent overview, "Linux agent installation details"."""

import os


class Paths:
    """All paths below a root; the root is `/` on a machine."""

    def __init__(self, root="/"):
        self.root = root
        self.opt = os.path.join(root, "opt/azcmagent")
        self.release = os.path.join(self.opt, "datafiles/release.json")
        self.var = os.path.join(root, "var/opt/azcmagent")
        self.agent_config = os.path.join(self.var, "agentconfig.json")
        self.local_config = os.path.join(self.var, "localconfig.json")
        self.cloud_config = os.path.join(self.var, "cloudconfig.json")
        self.agent_state = os.path.join(self.var, "agentstate.json")  # Assumed: the real file's name is not known
        self.upgrade_attempt = os.path.join(self.var, "autoupgrade.json")  # Assumed, as above
        self.certificates = os.path.join(self.var, "certs")
        self.certificate = os.path.join(self.certificates, "myCert")
        self.private_key = os.path.join(self.certificates, "myKey")
        self.generated_key = os.path.join(self.certificates, "genPrivateKey.pem")
        self.logs = os.path.join(self.var, "log")
        self.agent_log = os.path.join(self.logs, "azcmagent.log")
        self.himds_log = os.path.join(self.logs, "himds.log")
        self.arcproxy_log = os.path.join(self.logs, "arcproxy.log")
        self.tokens = os.path.join(self.var, "tokens")
        self.socket = os.path.join(self.var, "socks/himds.sock")
        self.guest_config = os.path.join(root, "var/lib/GuestConfig")
        self.downloads = os.path.join(self.guest_config, "downloads")
        self.ext_log = os.path.join(self.guest_config, "ext_mgr_logs/gc_ext.log")
        self.gc_log = os.path.join(self.guest_config, "arc_policy_logs/gc_agent.log")
        self.extension_logs = os.path.join(self.guest_config, "extension_logs")
        self.patches = os.path.join(self.guest_config, "patches.json")
        self.waagent = os.path.join(root, "var/lib/waagent")
        self.run_commands = os.path.join(self.waagent, "run-command-handler/download")
        self.cron = os.path.join(root, "etc/cron.d/azcmagent_autoupgrade")
