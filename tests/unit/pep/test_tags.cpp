#include "pep/platform_tags.hpp"
#include "pep/tags.hpp"
#include "support/catch.hpp"

using namespace envfix::pep;

namespace {

TagEnvironment cpython(unsigned minor)
{
    TagEnvironment out;
    out.implementation = "cpython";
    out.major = 3;
    out.minor = minor;
    out.platforms = {"linux_x86_64"};
    return out;
}

std::vector<std::string> abis(const TagEnvironment& environment)
{
    std::vector<std::string> out;
    for (const auto& group : supported_groups(environment)) {
        if (group.interpreter == supported_groups(environment).front().interpreter) {
            out.push_back(group.abi + (group.is_any ? "*" : ""));
        }
    }
    return out;
}

} // namespace

TEST_CASE("a tag set is the product of its parts")
{
    const auto tags = parse_tags("py3.PY2.py3-none-any.linux_x86_64");
    REQUIRE(tags);
    CHECK(*tags == std::vector<Tag>{{"py2", "none", "any"},
                                    {"py2", "none", "linux_x86_64"},
                                    {"py3", "none", "any"},
                                    {"py3", "none", "linux_x86_64"}});
    for (const auto* text : {"", "py3-none", "py3-none-any-x", "py3.-none-any", "py3--any",
                             "2-none-any", "py 3-none-any"}) {
        INFO(text);
        CHECK_FALSE(parse_tags(text));
    }
    std::string many = "a";
    for (int i = 0; i < 200; ++i)
        many += ".a";
    CHECK_FALSE(parse_tags(many + "-" + many + "-any"));
}

TEST_CASE("an interpreter takes its own ABI first, then the stable one, then none")
{
    using Texts = std::vector<std::string>;
    CHECK(abis(cpython(13)) == Texts{"cp313", "abi3", "none", "none*"});
    auto debug = cpython(13);
    debug.is_debug = true;
    CHECK(abis(debug) == Texts{"cp313d", "cp313", "abi3", "none", "none*"});
    auto free_threaded = cpython(13);
    free_threaded.is_free_threaded = true;
    CHECK(abis(free_threaded) == Texts{"cp313t", "abi3t", "none", "none*"});
    CHECK(abis(cpython(7)) == Texts{"cp37m", "abi3", "none", "none*"});
    auto pypy = cpython(11);
    pypy.implementation = "pypy";
    pypy.abi = "pypy311-pp73";
    CHECK(abis(pypy) == Texts{"pypy311_pp73", "none"});
    CHECK(supported_tags(pypy).size() == 2 + 13 + 1 + 13);
}

TEST_CASE("a wheel for the stable ABI of an older minor is taken, of a newer one not")
{
    const auto supported = supported_tags(cpython(11));
    const SupportedTags index(supported);
    const auto rank = [&](std::string_view text) {
        const auto tags = parse_tags(text);
        REQUIRE(tags);
        CHECK(index.best_rank(*tags) == best_rank(*tags, supported));
        return index.best_rank(*tags);
    };
    CHECK(rank("cp311-cp311-linux_x86_64") == 0U);
    CHECK(rank("cp39-abi3-linux_x86_64"));
    CHECK_FALSE(rank("cp312-abi3-linux_x86_64"));
    CHECK_FALSE(rank("cp39-cp39-linux_x86_64"));
    CHECK(rank("cp312.cp311-cp312.cp311-linux_x86_64") == 0U);
    CHECK(*rank("py3-none-any") > *rank("cp311-none-any"));
}

TEST_CASE("a platform takes what was built for older C libraries of its kind")
{
    using Texts = std::vector<std::string>;
    CHECK(linux_platforms("x86_64", {Libc::Kind::musl, 1, 2}) ==
          Texts{"linux_x86_64", "musllinux_1_2_x86_64", "musllinux_1_1_x86_64",
                "musllinux_1_0_x86_64"});
    CHECK(linux_platforms("aarch64", {Libc::Kind::glibc, 2, 18}) ==
          Texts{"linux_aarch64", "manylinux_2_18_aarch64", "manylinux_2_17_aarch64",
                "manylinux2014_aarch64"});
    CHECK(linux_platforms("i686", {Libc::Kind::glibc, 2, 5}) ==
          Texts{"linux_i686", "manylinux_2_5_i686", "manylinux1_i686"});
    CHECK(linux_platforms("armv8l", {Libc::Kind::glibc, 2, 17}) ==
          Texts{"linux_armv8l", "linux_armv7l", "manylinux_2_17_armv8l", "manylinux2014_armv8l",
                "manylinux_2_17_armv7l", "manylinux2014_armv7l"});
    CHECK(linux_platforms("aarch64", {Libc::Kind::glibc, 2, 5}) == Texts{"linux_aarch64"});
    CHECK(linux_platforms("mips", {Libc::Kind::glibc, 2, 36}) == Texts{"linux_mips"});
    CHECK(linux_platforms("x86_64", {}) == Texts{"linux_x86_64"});
}

TEST_CASE("a C library is read from its name and version")
{
    CHECK(parse_libc("glibc 2.36") == Libc{Libc::Kind::glibc, 2, 36});
    CHECK(parse_libc("glibc 2.20-2014.11") == Libc{Libc::Kind::glibc, 2, 20});
    CHECK(parse_libc("musl 1.2.5") == Libc{Libc::Kind::musl, 1, 2});
    for (const auto* text : {"", "glibc", "glibc 2", "glibc 2.x", "uclibc 1.0", "glibc 2.1000",
                             "glibc 99999999999.1", "glibc -2.1"}) {
        INFO(text);
        CHECK_FALSE(parse_libc(text));
    }
}
