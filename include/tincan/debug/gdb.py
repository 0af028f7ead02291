# tincan/debug/gdb.py - how gdb prints the library's types
#
#   (gdb) source .../include/tincan/debug/gdb.py
#   (gdb) print bus
#   $1 = tincan::Bus of 2 = {main = open, window = open, 1 waits}
#
# For programs with debug information (-g), with libstdc++ or libc++.
import re

import gdb
import gdb.printing


def pointee(shared):
    """What a std::shared_ptr or std::unique_ptr points to; None: to nothing."""
    for field in ("_M_ptr", "__ptr_"):
        try:
            pointer = shared[field]
            return None if int(pointer) == 0 else pointer.dereference()
        except gdb.error:
            continue
    return None


def atomic(value):
    """The integer in a std::atomic."""
    for path in (("_M_i",), ("__a_", "__a_value")):
        try:
            inner = value
            for field in path:
                inner = inner[field]
            return int(inner)
        except gdb.error:
            continue
    raise gdb.error("tincan: unknown kind of std::atomic")


def text_of(data, size):
    return data.string("utf-8", "replace", int(size)) if int(size) else ""


def view(string_view):
    for data, size in (("_M_str", "_M_len"), ("__data_", "__size_")):
        try:
            return text_of(string_view[data], string_view[size])
        except gdb.error:
            continue
    return "?"


def string(value):
    """The text of a std::string."""
    try:
        return text_of(value["_M_dataplus"]["_M_p"], value["_M_string_length"])
    except gdb.error:  # it is libc++'s
        try:
            inner = value["__r_"]["__value_"]
        except gdb.error:
            inner = value["__rep_"]
        inner = inner["__l"] if int(inner["__s"]["__is_long_"]) else inner["__s"]
        return text_of(inner["__data_"], inner["__size_"])


def name_of(core):
    name = string(core["name"])
    return name if name else "(a thread)"


def is_closed(core):
    return atomic(core["gate"]["life_"]["value_"]) == 1


def waiting_at(core):
    """So many messages wait at the endpoint."""
    count = 0
    for lane in rows(core["lanes"]["lanes_"]):
        lane = pointee(lane)
        taken = sum(atomic(lane[field]["count_"]) for field in ("takenMessages", "droppedMessages"))
        count += max(0, atomic(lane["pushedMessages"]["count_"]) - taken)
    return count


def rows(row):
    begin, end = row["first_"], row["end_"]
    while begin != end:
        yield begin.dereference()
        begin += 1


def state_of(core):
    state = "closed" if is_closed(core) else "open"
    waiting = waiting_at(core)
    return state + (", %d waits" % waiting if waiting == 1 else ", %d wait" % waiting if waiting else "")


class ChannelName:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return text_of(self.value["data_"], self.value["size_"])

    def display_hint(self):
        return "string"


class Handle:
    """An Endpoint, a Main, a Renderer or a Peer."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        bare = self.value.type.strip_typedefs()
        if bare.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            bare = bare.target()
        kind = re.sub("abi[0-9]+::", "", str(bare.unqualified()))
        core = pointee(self.value["core_"])
        return kind + " of nobody" if core is None else "%s '%s', %s" % (kind, name_of(core), state_of(core))


class Bus:
    def __init__(self, value):
        core = pointee(value["core_"])
        self.endpoints = []
        if core is None:
            return
        one = core["oldest_"]
        while int(one) != 0:
            endpoint = one.dereference()
            if pointee(endpoint["named"]) is None:  # else it sends in the name of that one
                self.endpoints.append(endpoint)
            one = endpoint["newerInBus"]

    def to_string(self):
        return "tincan::Bus of %d" % len(self.endpoints)

    def children(self):
        for endpoint in self.endpoints:
            yield name_of(endpoint), state_of(endpoint)


class Value:
    def __init__(self, value):
        self.box = value["box_"]

    def to_string(self):
        operations = self.box["ops_"]
        if int(operations) == 0:
            return "tincan::Value of nothing"
        name = view(operations["type"]["name"])
        return "tincan::Value of %s%s" % (name, self.content(name, operations["isInPlace"]))

    def content(self, name, is_in_place):
        """What it holds, if gdb knows the type."""
        try:
            found = gdb.lookup_type(name.replace("{anonymous}", "(anonymous namespace)"))
        except gdb.error:
            return ""
        address = self.box["storage_"].address
        if not is_in_place:
            address = address.cast(gdb.lookup_type("void").pointer().pointer()).dereference()
        return ": " + address.cast(found.pointer()).dereference().format_string()


class Future:
    def __init__(self, value):
        self.answer = value["any_"]["answer"]

    def to_string(self):
        lane = pointee(self.answer["lane_"])
        if lane is None:
            return "tincan::Future of nothing"
        slot = self.answer["pending_"]["slot_"]
        ready = int(slot) != 0 and atomic(slot["state"]["bits_"]) & 1
        record = self.answer["name_"].dereference()
        state = "ready" if ready else "cancelled" if int(slot) == 0 else "waits"
        return "tincan::Future for '%s' of '%s', %s" % (
            text_of(record["data"], record["size"]), name_of(pointee(lane["receiver"])), state)


def printers():
    all_of_them = gdb.printing.RegexpCollectionPrettyPrinter("tincan")
    for name, pattern, printer in (
            ("ChannelName", "ChannelName", ChannelName),
            ("Handle", "(Endpoint|Main|Renderer|Peer)", Handle),
            ("Bus", "Bus", Bus),
            ("Value", "Value", Value),
            ("Future", "Future<.*>", Future)):
        all_of_them.add_printer(name, "^tincan::(abi[0-9]+::)?" + pattern + "$", printer)
    return all_of_them


gdb.printing.register_pretty_printer(gdb.current_objfile(), printers(), replace=True)
