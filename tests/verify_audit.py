"""A second verifier of the audit log, written from its description and not from the Rust code.

    python3 verify_audit.py DIR [SEQ:HASH]     prints `ok SEQ HASH` or `bad FILE LINE SEQ WHAT`
    python3 verify_audit.py --stdin            the same, for one `DIR [SEQ:HASH]` a line

Each line of the segments 00000001.jsonl, 00000002.jsonl, ... is one record: a JSON object whose members are seq,
prev, at, event, and then the others in the order of their names; integers only; printable ASCII only, all
else as \\uXXXX in lower case; no blanks. seq counts from 1. prev is the SHA-256 of the line before (without its
newline), and 64 zeros in the first. at never goes back, unless clock_back_ms says by how much.
"""
import datetime, hashlib, json, os, re, sys

LINE_MAX = 32 * 1024
DEPTH_MAX = 4
OWN = ["seq", "prev", "at", "event"]


def refuse(what):
    raise ValueError(what)


def escape(found):
    units = found[0].encode("utf-16-be").hex()  # refuses half a surrogate pair
    return "\\" + found[0] if found[0] in '"\\' else re.sub("(....)", r"\\u\1", units)


def text(value):
    return '"' + re.sub(r'[^ -~]|["\\]', escape, value) + '"'


def members(value, names, depth):
    return "{" + ",".join(text(name) + ":" + spell(value[name], depth) for name in names) + "}"


def spell(value, depth=DEPTH_MAX):
    if value is None or type(value) is bool:
        return json.dumps(value)
    if type(value) is int:
        return str(value) if -(2**63) <= value < 2**64 else refuse("too large a number")
    if type(value) is str:
        return text(value)
    if depth == 0:
        refuse("nested too deeply")
    if type(value) is list:
        return "[" + ",".join(spell(item, depth - 1) for item in value) + "]"
    return members(value, sorted(value), depth - 1)


def read(line):
    """The record and its time in milliseconds; ValueError if the line is not spelled as it must be."""
    try:
        found = json.loads(line.decode("ascii"), parse_float=refuse, parse_constant=refuse)
        types = [type(found[name]) for name in OWN]
        if types != [int, str, str, str] or found["seq"] < 0 or not re.fullmatch("[0-9a-f]{64}", found["prev"]):
            refuse("one of the four first members")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["at"], re.ASCII):
            refuse("time")
        span = datetime.datetime.fromisoformat(found["at"][:-1]) - datetime.datetime(1970, 1, 1)
        names = OWN + sorted(name for name in found if name not in OWN)
        if members(found, names, DEPTH_MAX) != line.decode("ascii"):
            refuse("another spelling")
        return found, span // datetime.timedelta(milliseconds=1)
    except (KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(repr(error))


def lines(directory):
    """Gives (file, line number, bytes, ends well), up to the first segment that is missing."""
    names = sorted(n for n in os.listdir(directory) if re.fullmatch(r"\d{8}\.jsonl", n) and int(n[:8]) > 0)
    for number, name in enumerate(names, 1):
        if name != "%08d.jsonl" % number:
            yield "%08d.jsonl" % number, 1, b"", False
            return
        with open(os.path.join(directory, name), "rb") as file:
            *whole, rest = file.read().split(b"\n")
        yield from ((name, index, line, len(line) <= LINE_MAX) for index, line in enumerate(whole, 1))
        last = names[number : number + 1] != ["%08d.jsonl" % (number + 1)]
        if rest and not (last and len(rest) <= LINE_MAX):
            yield name, len(whole) + 1, rest, False


def verify(directory, mark_seq=0, mark_hash=""):
    seq, tip, time, spot = 0, "0" * 64, None, "- 0"
    every = list(lines(directory))
    for index, (name, number, line, ends_well) in enumerate(every):
        here = f"bad {name} {number} {seq + 1}"
        try:
            record, now = read(line) if ends_well else refuse("missing, unfinished or too long")
        except ValueError as error:
            return f"{here} {error}"
        digest = hashlib.sha256(line).hexdigest()
        if record["seq"] != seq + 1:
            return f"{here} seq"
        if record["prev"] != tip:
            # This record or the one before was changed. The next record, or a checkpoint, knows which.
            try:
                follower = every[index + 1][2] if every[index + 1 :] and every[index + 1][3] else None
                whole = read(follower)[0]["prev"] == digest if follower else (mark_seq, mark_hash) != (seq, tip)
            except ValueError:
                whole = False
            return f"bad {spot} {seq} changed" if whole and seq else f"{here} prev"
        back = max(0, time - now) if time is not None else 0
        if record.get("clock_back_ms", None if not back else 0) != (back or None):
            return f"{here} clock"
        seq, tip, time, spot = seq + 1, digest, now, f"{name} {number}"
        if mark_seq == seq and mark_hash != tip:
            return f"bad {spot} {seq} checkpoint"
    file, number = spot.split()
    return f"bad {file} {int(number) + 1} {seq + 1} cut" if mark_seq > seq else f"ok {seq} {tip}"


def answer(directory, mark="0:"):
    return verify(directory, int(mark.split(":")[0]), mark.split(":")[1])


if __name__ == "__main__":
    asked = (line.split() for line in sys.stdin) if sys.argv[1:] == ["--stdin"] else [sys.argv[1:]]
    answers = [print(found, flush=True) or found for found in (answer(*words) for words in asked)]
    sys.exit(0 if all(found.startswith("ok") for found in answers) else 1)
