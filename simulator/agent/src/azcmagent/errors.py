"""AZCM errors: the number is the exit status. Source: onboarding troubleshooting guide and exit code table."""

TITLES = {
    1: "An unknown error occurred",
    11: "The command was interrupted",
    12: "The access token is not valid",
    16: "A mandatory parameter is missing",
    18: "The command was not run as an administrator",
    19: "The path of the configuration file is not valid",
    20: "The region is not known",
    23: "The value of an argument is not valid",
    26: "The network is not configured correctly or a service is not available",
    27: "The configuration contradicts itself",
    41: "The credentials are not valid",
    42: "Creating the Azure resource failed",
    43: "Deleting the Azure resource failed",
    44: "A resource with the same name already exists",
    61: "The agent service does not answer",
    62: "Connecting failed",
    63: "Disconnecting failed",
    67: "The machine is already connected",
    68: "The subscription name could not be resolved",
    69: "The local configuration could not be changed",
    70: "The local configuration is not available",
    72: "The extension tool failed",
    81: "The certificate of the managed identity could not be downloaded",
    101: "The command could not be parsed",
    102: "The host name cannot be used as a resource name",
    103: "The RSA key could not be used",
}


class AgentError(Exception):
    """An error of a command: its code is the exit status, its text goes to the console and the log.

    `details` are (label, value) lines such as the correlation id and the HTTP status.
    """

    def __init__(self, code, message, details=()):
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = tuple(details)

    @property
    def name(self):
        """Give the code as documents write it."""
        return "AZCM%04d" % self.code

    @property
    def title(self):
        """Give the short title of the code."""
        return TITLES.get(self.code, TITLES[1])
