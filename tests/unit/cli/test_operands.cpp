#include "cli/operands.hpp"

#include "support/catch.hpp"
using namespace envfix;
using namespace envfix::cli;

TEST_CASE("a path becomes absolute without a dot in it, and no link is followed")
{
    CHECK(absolute_path(".", "/home/ann") == "/home/ann");
    CHECK(absolute_path("src/../x//y/", "/home/ann") == "/home/ann/x/y");
    CHECK(absolute_path("/a/./b/../../..", "/home/ann") == "/");
    CHECK(absolute_path("..", "/") == "/");
    CHECK(absolute_path("~", "/home/ann") == "/home/ann/~");
}

TEST_CASE("what looks like an id is one, unless there is a file of that name")
{
    CHECK(environment_operand("3fa1b2c3d4e5", "/w", false) == "3fa1b2c3d4e5");
    CHECK(environment_operand("3fa1", "/w", false) == "3fa1");
    CHECK(environment_operand("3fa1", "/w", true) == "/w/3fa1");
    CHECK(environment_operand("3fa", "/w", false) == "/w/3fa");
    CHECK(environment_operand("3FA1", "/w", false) == "/w/3FA1");
    CHECK(environment_operand("3fa1b2c3d4e5f", "/w", false) == "/w/3fa1b2c3d4e5f");
    CHECK(environment_operand(".venv", "/w", false) == "/w/.venv");
}

TEST_CASE("what lies nowhere is missing, not what cannot be looked at")
{
    CHECK(is_missing("/nonexistent"));
    CHECK(is_missing("/dev/null/x"));
    CHECK_FALSE(is_missing("/dev/null"));
    CHECK_FALSE(is_missing(std::string(300, 'x')));
}

TEST_CASE("a file is read up to a limit")
{
    CHECK(read_input("/dev/null", 10).value().empty());
    CHECK(read_input("/nonexistent", 10).error().code == ErrorCode::not_found);
    CHECK(read_input("/dev/zero", 100000).error().code == ErrorCode::too_large);
    CHECK(read_input("/", 10).error().code == ErrorCode::io);
}
