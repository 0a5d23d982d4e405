#include "probe/script.hpp"

namespace envfix::probe {

// The channel is moved away from fd 3 first: imported code that closes or writes to low descriptors
// is common enough. BaseException, because PyO3's PanicException is one. os._exit, because what an
// import started (threads, exit handlers) is not what is asked here and may hang.
const char* const k_script = R"PYTHON(
import os, sys

def main():
    channel = os.dup(3)
    os.close(3)

    def tell(word, text=""):
        line = (word + " " + text.replace("\r", " ").replace("\n", " ")[:2000]).strip() + "\n"
        os.write(channel, line.encode("utf-8", "backslashreplace"))

    def name(error):
        kind = type(error)
        module = "" if kind.__module__ in ("builtins", None) else kind.__module__ + "."
        try:
            text = str(error)
        except BaseException:
            text = "(its text cannot be read)"
        return module + kind.__name__ + (": " + text if text else "")

    def first_cause(error):
        found, seen = None, 0
        while error is not None and seen < 100:
            if isinstance(error, ImportError):
                found = error
            error, seen = error.__cause__ or error.__context__, seen + 1
        return found

    if sys.path and sys.path[0] == "":
        del sys.path[0]
    try:
        for module in sys.argv[2:]:
            tell("import", module)
            __import__(module)
        if sys.argv[1]:
            tell("proof", sys.argv[1])
            module, _, attribute = sys.argv[1].rpartition(".")
            __import__(module)
            value = getattr(sys.modules[module], attribute)
            if not value:
                tell("failed", "%s is %r" % (sys.argv[1], value))
                os._exit(1)
    except BaseException as error:
        cause = first_cause(error)
        if cause is not None and cause is not error and not isinstance(error, ImportError):
            tell("cause", name(cause))
        tell("failed", name(error))
        os._exit(1)
    tell("done")
    os._exit(0)

main()
)PYTHON";

} // namespace envfix::probe
