#include "formats/source_fault.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix::formats;

namespace {

std::string said_of(std::string_view text)
{
    const auto fault = fault_of_source(text);
    return fault ? std::to_string(fault->line) + ": " + fault->what : "";
}

struct Case {
    const char* text;
    const char* said;
};

} // namespace

TEST_CASE("what no Python compiles is told with its line")
{
    const auto given = GENERATE(values<Case>({
        {"a = (1,\n  2\n", "1: a '(' that is never closed"},
        {"a = 1\nb = [\n{\n", "3: a '{' that is never closed"},
        {"a = (1]\n", "1: a ']' that does not close the '(' of line 1"},
        {"a = 1)\n", "1: a ')' that closes nothing"},
        {"\"\"\"a\nb\n", "1: a string that is never closed"},
        {"x = 1\ns = 'abc\nt = 2\n", "2: a string that is not closed on its line"},
        {"s = 'abc", "1: a string that is never closed"},
        {"s = r'\\'\n", "1: a string that is not closed on its line"},
        {"a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> other\n", "2: a marker of a merge conflict"},
        {"a = [\n=======\n]\n", "2: a marker of a merge conflict"},
        {"echo $HOME\n", "1: the character '$'"},
        {"a = 1\r\nb = (\r\n", "2: a '(' that is never closed"},
        {"# caf\xe9\n", "0: bytes that are no UTF-8"},
        {"# -*- coding: utf-8 -*-\na = (\n", "2: a '(' that is never closed"},
        {"#!/bin/x\n# vim: set fileencoding=UTF_8 :\na = (\n", "3: a '(' that is never closed"},
        {"# coding: latin-1\n# caf\xe9\na = (\n", "3: a '(' that is never closed"},
    }));
    DYNAMIC_SECTION(given.text) { CHECK(said_of(given.text) == given.said); }
    CHECK(said_of({"a = 1\nb\0c", 9}) == "2: a zero byte");
    CHECK(said_of(std::string(100, '\0')) == "1: a zero byte");
    CHECK(said_of({"# coding: latin-1\n\0", 19}) == "2: a zero byte"); // whatever the encoding
}

TEST_CASE("what some Python compiles is not told")
{
    const auto* const text = GENERATE(
        "", "\n", "a = 1", "x = '''a\n<<<<<<< HEAD\n'''\n", "# it's (not\nx = 1\n", "s = '\\'('\n", "s = 'a\\\nb('\n",
        "s = f\"{d[\"k(\"]}\"\n",          // from 3.12 on
        "s = f'{\n  1}'\n",               // the same
        "s = rf'{x:(}'\n", "s = f'{{('\n", // the brace makes us unsure, and that is no fault
        "x = 1 \\\n  + 2\n", "a = b'(' + u'(' + R'\\('\n", "# -*- coding: shift_jis -*-\ns = '\x83\x5c'\n", "\xef\xbb\xbf" "a = 1\n",
        "caf\xc3\xa9 = {1: [(2,)]}\n", "if x:\n\tpass\n\f\n", "a = x if y else'('\n", "s = \"it's\"\n", "a <<= 1\nb == 1\n",
        "print >>f, 'x'\n");
    DYNAMIC_SECTION(text) { CHECK(said_of(text).empty()); }
}

TEST_CASE("deep nesting is neither followed nor told")
{
    CHECK(said_of(std::string(1'000'000, '(')).empty());
    CHECK(said_of(std::string(200, '(') + std::string(200, ')')).empty());
}
