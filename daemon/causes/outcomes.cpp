#include "causes/tables.hpp"

#include <array>

namespace envfix::causes {

namespace {

constexpr std::array k_table{
    Cause{
        .code = "other-environment",
        .kind = Kind::outcome,
        .title = "An environment problem outside what envfix looks after",
        .what = "Something is wrong with the machine's software, and not with Python or not with a "
                "package of the chain: numpy's ABI, Ruby's ffi, Node and the C library.",
        .how = "The text has the marks of a broken install or a library that does not fit, and "
               "names no package that we look after.",
        .look = "envfixctl diagnose --json\n"
                "envfixctl list",
        .fix = "Follow the named project's own advice; reinstall that package with the tool that "
               "installed it.",
        .avoid =
            "Do not repair the Python environment for it: nothing there is known to be broken.",
        .on_disk = false,
    },
    Cause{
        .code = "not-environment",
        .kind = Kind::outcome,
        .title = "Not a problem of the environment",
        .what = "The packages load. What failed is a token, a key, the database, the network, a "
                "certificate, or the program itself.",
        .how = "The traceback ends in the program's own code or in an answer from a server, not in "
               "an import or a compiled file.",
        .look = "envfixctl check --probe\n"
                "envfixctl diagnose --json",
        .fix = "Look where the last frame points: the key and address that are configured, the "
               "server's status, the clock, the line of the program. If supabase says `Invalid API "
               "key` for a key that begins with sb_secret_, the client may be too old to know that "
               "form: upgrade supabase.",
        .avoid = "Do not reinstall packages: it changes versions and not the cause.",
        .on_disk = false,
    },
    Cause{
        .code = "unknown",
        .kind = Kind::outcome,
        .title = "The text does not tell the cause",
        .what = "Several causes give this text, or it was cut before the line that tells.",
        .how = "Only the last lines were copied, the program caught the first error and printed a "
               "later one, or it ended by a signal without any text.",
        .look = "python -X faulthandler SCRIPT 2>&1 | envfixctl diagnose -\n"
                "envfixctl check --probe",
        .fix = "Give the whole output from the first error on, or run the command through "
               "envfixctl run -- CMD, which reads all of it and looks at the environment as well.",
        .avoid = "Do not try fixes in turn: each changes what the next look could have found.",
        .on_disk = false,
    },
};

} // namespace

std::span<const Cause> outcomes()
{
    return k_table;
}

} // namespace envfix::causes
