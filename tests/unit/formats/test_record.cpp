#include "formats/csv.hpp"
#include "formats/record.hpp"
#include "support/catch.hpp"

#include <cstdint>
using namespace envfix::formats;

TEST_CASE("RECORD rows hold a path, a hash and a size, the last two at will")
{
    const auto record = parse_record("a.py,sha256=AbC-_1,12\nb.pyc,,\nc\n\"d,\"\"e\",md5=x,3\n");
    CHECK(record.problems.empty());
    CHECK(record.entries == std::vector<RecordEntry>{{"a.py", "sha256", "AbC-_1", 12},
                                                     {"b.pyc", "", "", {}},
                                                     {"c", "", "", {}},
                                                     {"d,\"e", "md5", "x", 3}});
}

TEST_CASE("a bad row of RECORD is told and the others stay")
{
    const auto record = parse_record("a,,\n\nb,,1,x\nc,,many\nd,,--1\ne,, +1_0 \nf,,-1\n");
    CHECK(record.problems == std::vector<RecordProblem>{{2, RecordFault::blank_row},
                                                        {3, RecordFault::extra_columns},
                                                        {4, RecordFault::bad_size},
                                                        {5, RecordFault::bad_size}});
    REQUIRE(record.entries.size() == 5);
    CHECK(record.entries[3] == RecordEntry{"e", "", "", 10});
    CHECK(record.entries[4] == RecordEntry{"f", "", "", -1});
}

TEST_CASE("a size beyond 63 bits is a bad size")
{
    CHECK(parse_record("a,,9223372036854775807").entries[0].size == INT64_MAX);
    CHECK(parse_record("a,,9223372036854775808").problems.size() == 1);
}

TEST_CASE("an open quote takes in the following lines, without their ends")
{
    const auto record = parse_record("\"a\nb\",,1\n\"c,,\nd");
    REQUIRE(record.entries.size() == 2);
    CHECK(record.entries[0] == RecordEntry{"ab", "", "", 1});
    CHECK(record.entries[1].path == "c,,d");
}

TEST_CASE("text after a closing quote still belongs to the field")
{
    CHECK(parse_record("\"a\"b\"c,,").entries[0].path == "ab\"c");
    CHECK(parse_record("a\"b\",,").entries[0].path == "a\"b\"");
}

TEST_CASE("a field that is longer than Python's csv allows ends RECORD")
{
    const std::string fits(CsvRows::k_field_limit, 'x');
    CHECK(parse_record(fits + ",,\nb,,").entries.size() == 2);
    const auto record = parse_record("a,,\n" + fits + "x,,\nb,,");
    CHECK(record.entries.size() == 1);
    CHECK(record.problems == std::vector<RecordProblem>{{2, RecordFault::long_field}});
}

TEST_CASE("problems are counted out, not stored without end")
{
    CHECK(parse_record(std::string(100000, '\n')).problems.size() == 100);
}

TEST_CASE("a digest becomes hexadecimal")
{
    CHECK(hex_digest({"", "sha256", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", {}}) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(decode_urlsafe_base64("YQ==") == "a");
    CHECK(decode_urlsafe_base64("YWI") == "ab");
    CHECK_FALSE(decode_urlsafe_base64("a"));
    CHECK_FALSE(decode_urlsafe_base64("+/=="));
    CHECK_FALSE(hex_digest({"", "", "", {}}));
}
