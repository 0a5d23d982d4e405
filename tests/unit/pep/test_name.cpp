#include "pep/name.hpp"
#include "support/catch.hpp"

using namespace envfix::pep;

TEST_CASE("names that differ in case and separators only are one name")
{
    CHECK(normalize_name("Foo-_.Bar") == "foo-bar");
    CHECK(normalize_name("foo") == "foo");
    CHECK(normalize_name("_x.") == "-x-");
    CHECK(normalize_name("") == "");
    CHECK(normalize_name("F\u00d6O") == "f\u00f6o");
    CHECK(normalize_name("\u212a") == "k"); // the Kelvin sign
}

TEST_CASE("a normal name normalises to itself")
{
    CHECK(is_normalized_name("foo-bar2"));
    CHECK(is_normalized_name("0"));
    for (const auto* name : {"", "-", "foo--bar", "foo_bar", "Foo", "-foo", "foo-", "f\u00f6o"}) {
        INFO(name);
        CHECK_FALSE(is_normalized_name(name));
    }
}

TEST_CASE("a valid name begins and ends with a letter or digit")
{
    for (const auto* name : {"a", "A.b_c-D", "0x", "foo--bar"})
        CHECK(is_valid_name(name));
    for (const auto* name : {"", "_a", "a.", "f\u00f6o", "a b", "a\n"}) {
        INFO(name);
        CHECK_FALSE(is_valid_name(name));
    }
}
