#include "capture/interpreter_binary.hpp"
#include "support/catch.hpp"

using namespace envfix::capture;

TEST_CASE("the name of an executable or library says which Python it is")
{
    struct Case {
        const char* name;
        NamedPython want;
    };

    const auto c = GENERATE(values<Case>({{"python3.11", {"cpython", 3, 11, ""}},
                                          {"python3.13t", {"cpython", 3, 13, "t"}},
                                          {"python3.6m", {"cpython", 3, 6, "m"}},
                                          {"python3.11d", {"cpython", 3, 11, "d"}},
                                          {"python3.11-dbg", {"cpython", 3, 11, "d"}},
                                          {"libpython3.8.so.1.0", {"cpython", 3, 8, ""}},
                                          {"libpython3.13t.so.1.0", {"cpython", 3, 13, "t"}},
                                          {"pypy3.9", {"pypy", 3, 9, ""}},
                                          {"libpypy3.9-c.so", {"pypy", 3, 9, ""}},
                                          {"pypy3.10-c", {"pypy", 3, 10, ""}}}));
    INFO(c.name);
    CHECK(python_in_name(c.name) == c.want);
}

TEST_CASE("a name that says no minor version says nothing")
{
    for (const char* name :
         {"python", "python3", "pypy3", "python3.", "python3.x", "python3.11-config",
          "python3.11-gdb.py", "perl5.36", "", "lib", "python3.99999999999"})
        CHECK_FALSE(python_in_name(name));
}
