"""The pieces of XML in which a server tells of an update: what decides whether it fits, and how it is installed.

Source: MS-WUSP 3.1.1.1 (a piece has no root, and its rules' prefix is part of their names), and pieces that others have
recorded of a WSUS with an .msi. Assumed: which rules the real update has; ours look into the Uninstall key.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from simulator.services.microsoft_update.catalogue import CLASSES, PRODUCT, Category, Update

HANDLER = "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsInstaller"
CATEGORY_HANDLER = "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category"
_UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
_NAME = "Azure Connected Machine Agent"


def category_core(category: Category) -> str:
    """Tell of a category, which every computer has."""
    rules = ET.Element("ApplicabilityRules")
    ET.SubElement(ET.SubElement(rules, "IsInstalled"), "True")
    data = ET.Element("HandlerSpecificData", type="cat:Category")
    ET.SubElement(data, "CategoryInformation", CategoryType=category.kind)
    identity = ET.Element("UpdateIdentity", UpdateID=str(category.identity), RevisionNumber="1")
    return _text(identity, ET.Element("Properties", UpdateType="Category"), rules, data)


def category_extended() -> str:
    """Tell that nothing is downloaded for a category."""
    return _text(ET.Element("ExtendedProperties", DefaultPropertiesLanguage="en", Handler=CATEGORY_HANDLER))


def core(update: Update) -> str:
    """Tell what decides whether an update is installed, may be installed, and which ones it takes the place of."""
    relations = ET.Element("Relationships")
    prerequisites = ET.SubElement(relations, "Prerequisites")
    for guid in (PRODUCT, CLASSES[update.classification]):
        group = ET.SubElement(prerequisites, "AtLeastOne", IsCategory="true")
        ET.SubElement(group, "UpdateIdentity", UpdateID=str(guid))
    if update.supersedes:
        older = ET.SubElement(relations, "SupersededUpdates")
        for guid in update.supersedes:
            ET.SubElement(older, "UpdateIdentity", UpdateID=str(guid))
    rules = ET.Element("ApplicabilityRules")
    for rule, comparison in (("IsInstalled", "GreaterThanOrEqualTo"), ("IsInstallable", "LessThan")):
        loop = ET.SubElement(ET.SubElement(rules, rule), "b.RegKeyLoop", Key="HKEY_LOCAL_MACHINE", Subkey=_UNINSTALL,
                             TrueIf="Any")  # fmt: skip
        both = ET.SubElement(loop, "And")
        ET.SubElement(both, "b.RegSz", Key="HKEY_LOOP_TARGET", Value="DisplayName", Comparison="EqualTo", Data=_NAME)
        ET.SubElement(both, "b.RegSzToVersion", Key="HKEY_LOOP_TARGET", Value="DisplayVersion",
                      Comparison=comparison, Data=update.version)  # fmt: skip
    properties = ET.Element("Properties", UpdateType="Software", AutoSelectOnWebSites="true")
    return _text(_identity(update), properties, relations, rules)


def extended(update: Update) -> str:
    """Tell what is downloaded, by its digests, and who installs it."""
    size = str(update.entry.size)
    properties = ET.Element("ExtendedProperties", DefaultPropertiesLanguage="en", Handler=HANDLER,
                            MaxDownloadSize=size, MinDownloadSize=size)  # fmt: skip
    ET.SubElement(properties, "InstallationBehavior", RebootBehavior="NeverReboots")
    files = ET.Element("Files")
    file = ET.SubElement(files, "File", Digest=update.sha1, DigestAlgorithm="SHA1", FileName=file_name(update),
                         Size=size)  # fmt: skip
    ET.SubElement(file, "AdditionalDigest", Algorithm="SHA256").text = update.sha256
    data = ET.Element("HandlerSpecificData", type="msp:WindowsInstallerApp")
    ET.SubElement(data, "MsiData", MsiFile=file_name(update), CommandLine="REBOOT=ReallySuppress")
    return _text(properties, files, data)


def localized(update: Category | Update) -> str:
    """Tell what people read."""
    properties = ET.Element("LocalizedProperties")
    ET.SubElement(properties, "Language").text = "en"
    ET.SubElement(properties, "Title").text = update.title
    return _text(properties)


def file_name(update: Update) -> str:
    """Give the name of its content. Source: names of downloads of the update catalog, with the SHA-1 of the file."""
    return f"azureconnectedmachineagent_{update.content}.msi"


def _identity(update: Update) -> ET.Element:
    return ET.Element("UpdateIdentity", UpdateID=str(update.identity), RevisionNumber="1")


def _text(*elements: ET.Element) -> str:
    return "".join(ET.tostring(element, encoding="unicode") for element in elements)
