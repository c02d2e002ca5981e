"""A strict reader of RFC 5545, written apart from the library that writes: it refuses what a calendar might refuse."""

import datetime
import re

REQUIRED = {
    "VCALENDAR": {"PRODID", "VERSION"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART"},
    "VTIMEZONE": {"TZID"},
    "STANDARD": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
    "DAYLIGHT": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
}
ONCE = {
    "VCALENDAR": {"PRODID", "VERSION", "CALSCALE", "METHOD"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "CLASS", "STATUS", "TRANSP", "SEQUENCE"},
    "VTIMEZONE": {"TZID"},
    "STANDARD": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
    "DAYLIGHT": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
}
PARENTS = {
    "VCALENDAR": {None},
    "VEVENT": {"VCALENDAR"},
    "VTIMEZONE": {"VCALENDAR"},
    "STANDARD": {"VTIMEZONE"},
    "DAYLIGHT": {"VTIMEZONE"},
    "VALARM": {"VEVENT"},
}
VALUES = {
    "VERSION": r"2\.0",
    "CALSCALE": "GREGORIAN",
    "CLASS": "PUBLIC|PRIVATE|CONFIDENTIAL",
    "STATUS": "TENTATIVE|CONFIRMED|CANCELLED",
    "TRANSP": "OPAQUE|TRANSPARENT",
    "ACTION": "AUDIO|DISPLAY|EMAIL",
    "TRIGGER": r"[+-]?P(\d+W|(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?)",
    "TZOFFSETFROM": r"[+-]\d{4}(\d{2})?",
    "TZOFFSETTO": r"[+-]\d{4}(\d{2})?",
    "DTSTAMP": r"\d{8}T\d{6}Z",
}
_LINE = re.compile(
    r'(?P<name>[A-Za-z0-9-]+)(?P<parameters>(;[A-Za-z0-9-]+=("[^"\x00-\x1f]*"|[^";:,\x00-\x1f]*))*):(?P<value>.*)'
)


class Refused(AssertionError):
    """What the file does wrong."""


class Component:
    def __init__(self, kind, parent):
        self.kind, self.parent, self.lines, self.children = kind, parent, [], []

    def values(self, name):
        return [(parameters, value) for n, parameters, value in self.lines if n == name]

    def value(self, name):
        (found,) = self.values(name)
        return found[1]

    def text(self, name):
        return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], self.value(name))

    def of(self, kind):
        return [child for child in self.children if child.kind == kind]


def read(data):
    """The VCALENDAR of `data`, or Refused."""
    lines = _unfolded(data)
    root = component = None
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise Refused(f"not a content line: {line!r}")
        name, value = match["name"].upper(), match["value"]
        parameters = dict(
            part.split("=", 1) for part in re.findall(r';([^;:]*=(?:"[^"]*"|[^;:]*))', match["parameters"])
        )
        if name == "BEGIN":
            if root is not None and component is None:
                raise Refused("something after the end")
            child = Component(value, component)
            if value not in PARENTS or (component.kind if component else None) not in PARENTS[value]:
                raise Refused(f"{value} within {component and component.kind}")
            if component is None:
                root = child
            else:
                component.children.append(child)
            component = child
        elif component is None:
            raise Refused(f"{name} outside of a calendar")
        elif name == "END":
            if value != component.kind:
                raise Refused(f"{value} ends, {component.kind} is open")
            component = component.parent
        else:
            _check_value(name, parameters, value)
            component.lines.append((name, parameters, value))
    if root is None or component is not None:
        raise Refused("not closed")
    _check(root)
    return root


def _unfolded(data):
    if not data.endswith(b"\r\n"):
        raise Refused("the last line has no CRLF")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        raise Refused("a line ends without CRLF")
    raw = data[:-2].split(b"\r\n")
    for line in raw:
        if len(line) > 75:
            raise Refused(f"{len(line)} octets in a line, at most 75")
        if not line:
            raise Refused("an empty line")
        line.decode("utf-8")  # folding must not cut a letter: each line alone is UTF-8
    text = b"\r\n".join(raw).decode("utf-8")
    unfolded = re.sub("\r\n[ \t]", "", text).split("\r\n")
    if any(re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line) for line in unfolded):
        raise Refused("a control character")
    return unfolded


def _check_value(name, parameters, value):
    if name in VALUES and not re.fullmatch(VALUES[name], value):
        raise Refused(f"{name}:{value}")
    if name in {"SUMMARY", "DESCRIPTION"} and re.search(r"(?<!\\)(?:\\\\)*[,;]", value):
        raise Refused(f"{name} with an unescaped sign: {value}")
    if name in {"DTSTART", "DTEND"}:
        wanted = r"\d{8}" if parameters.get("VALUE") == "DATE" else r"\d{8}T\d{6}Z?"
        if not re.fullmatch(wanted, value):
            raise Refused(f"{name} {parameters}:{value}")
        datetime.datetime.strptime(value.rstrip("Z"), "%Y%m%d" if len(value) == 8 else "%Y%m%dT%H%M%S")
        if "TZID" in parameters and (value.endswith("Z") or parameters.get("VALUE") == "DATE"):
            raise Refused(f"{name} with a TZID that says nothing")


def _check(component):
    names = [name for name, _, _ in component.lines]
    if missing := REQUIRED[component.kind] - set(names):
        raise Refused(f"{component.kind} without {missing}")
    if twice := {name for name in ONCE[component.kind] if names.count(name) > 1}:
        raise Refused(f"{component.kind} with two of {twice}")
    for child in component.children:
        _check(child)
    if component.kind == "VTIMEZONE" and not component.children:
        raise Refused("a VTIMEZONE without rules")
    if component.kind == "VALARM" and not component.value("TRIGGER").startswith("-P"):
        raise Refused("an alarm that does not come before")
    if component.kind == "VEVENT":
        (start_parameters, start), ends = component.values("DTSTART")[0], component.values("DTEND")
        for end_parameters, end in ends:
            if start_parameters.get("VALUE") != end_parameters.get("VALUE") or end <= start:
                raise Refused(f"ends {end} before or with its start {start}")
    if component.kind == "VCALENDAR":
        events, zones = component.of("VEVENT"), component.of("VTIMEZONE")
        known = {zone.value("TZID") for zone in zones}
        used = {p["TZID"] for event in events for name, p, _ in event.lines if "TZID" in p}
        if used - known:
            raise Refused(f"no VTIMEZONE for {used - known}")
        identifiers = [event.value("UID") for event in events]
        if not events or len(set(identifiers)) < len(identifiers):
            raise Refused("no event, or two with one UID")


def offset_at(zone, local):
    """Offset from UTC at a local time by the rules of a VTIMEZONE alone: the last change that is not after it."""
    changes = []
    for rule in zone.children:
        starts = [rule.value("DTSTART"), *(part for _, v in rule.values("RDATE") for part in v.split(","))]
        if rule.values("RRULE"):
            raise Refused("RRULE is not read here")
        for start in starts:
            sign, hours, minutes = re.fullmatch(r"([+-])(\d\d)(\d\d)", rule.value("TZOFFSETTO")).groups()
            offset = datetime.timedelta(hours=int(hours), minutes=int(minutes)) * (1 if sign == "+" else -1)
            changes.append((datetime.datetime.strptime(start, "%Y%m%dT%H%M%S"), offset))
    before = [change for change in changes if change[0] <= local]
    if not before:
        raise Refused(f"the VTIMEZONE begins after {local}")
    return max(before)[1]
