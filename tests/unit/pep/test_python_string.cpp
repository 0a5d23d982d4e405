#include "pep/python_string.hpp"
#include "support/catch.hpp"

using envfix::pep::decode_python_string;

TEST_CASE("a string literal has the value that Python gives it")
{
    struct Case {
        std::string literal, want;
    };

    const auto c = GENERATE(values<Case>({
        {R"('plain')", "plain"},
        {R"("a'b")", "a'b"},
        {R"('\x41\u00e9\U0001d70b')", "A\u00e9\U0001d70b"},
        {R"('\101\7z\400')", "A\az\u0100"},
        {R"('\\\n\t\d\%')", "\\\n\t\\d\\%"},
        {"'a\\\nb\\\r\nc'", "abc"},
        {R"("\'")", "'"},
    }));
    DYNAMIC_SECTION(c.literal)
    {
        CHECK(decode_python_string(c.literal) == c.want);
    }
}

TEST_CASE("a string literal that Python refuses is an error")
{
    const auto literal =
        GENERATE(as<std::string>{}, R"('\')", R"('\x4')", R"('\xg0')", R"('\u12')",
                 R"('\U00110000')", "'a\nb'", "'a\rb'", std::string("'\0'", 3), R"('\N{DASH}')");
    DYNAMIC_SECTION(literal)
    {
        CHECK_FALSE(decode_python_string(literal));
    }
}
