#include "formats/record.hpp"
#include "remedy/recreate.hpp"
#include "remedy/relocate.hpp"
#include "support/catch.hpp"

using namespace envfix;

TEST_CASE("the place where a venv was built goes out of every spelling of its path")
{
    const auto piece = std::string("/.envfix/stage/0a1b");
    const auto text = GENERATE(values<std::pair<std::string, std::string>>({
        {"#!/p/.envfix/stage/0a1b/v/bin/python\n", "#!/p/v/bin/python\n"},
        {"#!/bin/sh\n'''exec' \"/p p/.envfix/stage/0a1b/v/bin/python\" \"$0\" \"$@\"\n",
         "#!/bin/sh\n'''exec' \"/p p/v/bin/python\" \"$0\" \"$@\"\n"},
        {"VIRTUAL_ENV='/it'\"'\"'s/.envfix/stage/0a1b/v'", "VIRTUAL_ENV='/it'\"'\"'s/v'"},
        {"file:///p%20p/.envfix/stage/0a1b/v", "file:///p%20p/v"},
    }));
    std::size_t count = 0;
    CHECK(remedy::without_piece(text.first, piece, count) == text.second);
    CHECK(count == 1);
    CHECK(remedy::without_piece(text.second, piece, count) == text.second);
    CHECK(count == 0);
}

TEST_CASE("a RECORD that is written anew reads as it was")
{
    const std::string text = "a/b.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"
                             "\"odd, \"\"name\"\".py\",sha256=AAAA,12\n"
                             "../../../bin/x,,\nd-1.dist-info/RECORD,,\n";
    const auto record = formats::parse_record(text);
    REQUIRE(record.problems.empty());
    CHECK(remedy::to_text(record.entries) == text);
    // Of no bytes at all.
    CHECK(remedy::record_digest("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") ==
          "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

TEST_CASE("the Python for a venv is the first of the policy's list, the old one's own before others")
{
    const auto python = [](const std::string& path, const std::string& version, int minor) {
        model::Interpreter made;
        made.executable = path;
        made.version = version;
        made.major = 3;
        made.minor = minor;
        made.implementation = "cpython";
        return made;
    };
    auto strange = python("/opt/pypy/bin/pypy3.11", "3.11.9", 11);
    strange.implementation = "pypy";
    const std::vector<model::Interpreter> all{
        python("/opt/3.11.9/bin/python3.11", "3.11.9", 11), python("/usr/bin/python3.11", "3.11.2", 11),
        python("/opt/3.1/bin/python3.1", "3.1.5", 1), python("/opt/3.13/bin/python3.13", "3.13.0", 13),
        strange};
    remedy::OldVenv old;
    old.major = 3;
    old.minor = 11;
    old.home = "/usr/bin";
    const auto chosen = [&](const std::vector<std::string>& words) {
        std::vector<std::string> paths;
        for (const auto& one : remedy::choose_interpreters(words, old, all))
            paths.push_back(one.executable);
        return paths;
    };
    using Paths = std::vector<std::string>;
    CHECK(chosen({"same", "3.13"}) == Paths{"/usr/bin/python3.11", "/opt/3.11.9/bin/python3.11",
                                            "/opt/3.13/bin/python3.13"});
    CHECK(chosen({"3.11.9"}) == Paths{"/opt/3.11.9/bin/python3.11"});
    CHECK(chosen({"3.1"}) == Paths{"/opt/3.1/bin/python3.1"});
    CHECK(chosen({"3.12"}).empty());
    old.home = "/opt/3.11.9/bin";
    CHECK(chosen({"same"}).front() == "/opt/3.11.9/bin/python3.11");
}
