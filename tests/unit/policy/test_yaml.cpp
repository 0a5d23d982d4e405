#include "policy/yaml.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>

using namespace envfix;
using policy::read_yaml;

namespace {

struct Broken {
    std::string name;
    std::string text;
    int line;
    int column;
    std::string reason;
};

std::string repeated(std::string_view piece, std::size_t times)
{
    std::string text;
    text.reserve(piece.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        text += piece;
    return text;
}

/// Nine lists, each of nine aliases of the one before: 9^9 nodes when they are resolved.
std::string alias_bomb()
{
    std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 10; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
                repeated(before + ",", 8) + before + "]\n";
    }
    return text;
}

} // namespace

TEST_CASE("a file becomes nodes that know their place")
{
    const auto root = read_yaml("a: 1\nb: [x, \"1\"]\n\"é\": {ü: ~}\n", "f");
    REQUIRE(root);
    REQUIRE(root->entries.size() == 3);
    CHECK(root->entries[0].value.text == "1");
    CHECK_FALSE(root->entries[0].value.quoted);
    const auto& list = root->entries[1].value;
    REQUIRE(list.items.size() == 2);
    CHECK(list.items[1].text == "1");
    CHECK(list.items[1].quoted);
    CHECK(list.items[1].at.line == 2);
    CHECK(list.items[1].at.column == 8);
    const auto& inner = root->entries[2].value.entries.at(0);
    CHECK(inner.value.kind == policy::Node::Kind::empty);
    CHECK(inner.at.column == 7); // characters, not bytes
}

TEST_CASE("an empty file is an empty node")
{
    const auto text = GENERATE(as<std::string>{}, "", "\n", "# nothing\n", "---\n", "\xEF\xBB\xBF");
    const auto root = read_yaml(text, "f");
    REQUIRE(root);
    CHECK(root->kind == policy::Node::Kind::empty);
}

TEST_CASE("what a configuration never needs is refused where it stands")
{
    const auto broken = GENERATE(values<Broken>({
        {"an anchor", "a: &x 1\n", 1, 4, "anchors (&name) are not allowed"},
        {"an anchor without a value", "a: &x\n", 1, 4, "anchors (&name) are not allowed"},
        {"an alias", "a: *x\n", 1, 4, "aliases (*name) are not allowed"},
        {"a self alias", "&a [*a]\n", 1, 1, "anchors (&name) are not allowed"},
        {"a tag", "a: !!python/object x\n", 1, 4, "tags (!name) are not allowed"},
        {"a tag on a list", "a: !x [1]\n", 1, 4, "tags (!name) are not allowed"},
        {"a second document", "a: 1\n---\nb: 2\n", 2, 1, "a second document; a file holds one"},
        {"a key twice", "a: 1\nb: 2\na: 3\n", 3, 1, "the same key again; it is first in line 1"},
        {"a list as key", "[a]: 1\n", 1, 1, "a key must be one word"},
        {"no key", "a: {: 1}\n", 1, 5, "a key must be one word"},
        {"a NUL", std::string("a: b\nc: \0d\n", 11), 2, 4, "a control character"},
        {"an escape", "é: \x1b[31m\n", 1, 4, "a control character"},
        {"Latin-1", "a: 1\nb: \xE9\n", 2, 4, "not UTF-8"},
        {"UTF-16",
         std::string("\xFF\xFE"
                     "a\0",
                     4),
         1, 1, "not UTF-8"},
        {"an overlong slash", "a: \xC0\xAF\n", 1, 4, "not UTF-8"},
        {"a surrogate", "a: \xED\xA0\x80\n", 1, 4, "not UTF-8"},
        {"a tab for indentation", "a:\n\tb: 1\n", 2, 3, ""},
        {"an open list", "a: [1, 2\n", 2, 1, ""},
        {"a key in the wrong column", "a: 1\n  b: 2\n", 2, 4, ""},
    }));
    DYNAMIC_SECTION(broken.name)
    {
        const auto root = read_yaml(broken.text, "f.yaml");
        REQUIRE_FALSE(root);
        REQUIRE(root.error().size() == 1);
        const auto& problem = root.error().front();
        CHECK(problem.file == "f.yaml");
        CHECK(problem.line == broken.line);
        CHECK(problem.column == broken.column);
        if (!broken.reason.empty()) CHECK(problem.reason == broken.reason);
        if (broken.reason.empty())
            CHECK_THAT(problem.reason, ContainsSubstring("not valid YAML: "));
    }
}

TEST_CASE("a file that would blow up is refused in milliseconds")
{
    const auto text = GENERATE(
        as<std::string>{}, alias_bomb(), repeated("[", 3'000'000), repeated("[", 250'000),
        repeated("{a: ", 60'000), repeated("- ", 120'000), repeated("? ", 120'000),
        repeated("a: ", 80'000), "a: [" + repeated("x,", 120'000) + "]", repeated("a\n", 120'000),
        repeated("\"", 250'000), repeated("%TAG ! x\n", 25'000), repeated("#\n", 125'000),
        "\"" + repeated("\\x41", 60'000) + "\"", "a: |\n" + repeated(" x\n\n", 60'000));
    const auto start = std::chrono::steady_clock::now();
    const auto root = read_yaml(text, "f");
    const auto taken = std::chrono::steady_clock::now() - start;
    if (root) CHECK(root->items.size() + root->entries.size() <= policy::k_most_nodes);
    CHECK(taken < std::chrono::seconds(2)); // the sanitizers' build is slow; measured: a few ms
}

TEST_CASE("depth and number of nodes have a limit")
{
    CHECK(read_yaml(repeated("[", 32) + repeated("]", 32), "f"));
    CHECK_FALSE(read_yaml(repeated("[", 33) + repeated("]", 33), "f"));
    CHECK(read_yaml("[" + repeated("x,", 19'999) + "]", "f"));
    CHECK_FALSE(read_yaml("[" + repeated("x,", 20'000) + "]", "f"));
}
