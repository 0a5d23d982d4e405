#pragma once

#include "policy/yaml.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::policy {

/// Takes typed values out of a file's nodes and collects all that is wrong with them, so that a
/// person sees every mistake at once. A reason names keys and what is allowed, never a value:
/// that may be a password.
class Reader {
public:
    explicit Reader(std::string_view file) : m_file(file) {}

    void problem(Position at, std::string reason);

    [[nodiscard]] bool clean() const { return m_problems.empty(); }

    /// All problems so far, by line and column.
    [[nodiscard]] std::vector<model::PolicyProblem> take_problems();

    /// Each of these names the value as `what` and gives nothing after noting a problem.
    std::optional<std::string> text(const Node& node, std::string_view what);
    std::optional<bool> boolean(const Node& node, std::string_view what);
    std::optional<std::int64_t> integer(const Node& node, std::string_view what, std::int64_t least,
                                        std::int64_t most);
    /// One of `words`, with a suggestion where it is nearly one.
    std::optional<std::string> word(const Node& node, std::string_view what,
                                    std::span<const std::string_view> words);
    /// Seconds of "90s", "15m", "1h30m", "7d" (units.hpp).
    std::optional<std::int64_t> seconds(const Node& node, std::string_view what, std::int64_t least,
                                        std::int64_t most);
    /// The nodes of a list; a single word counts as a list of one. Never empty: an empty list is
    /// a problem, and gives nothing.
    std::vector<const Node*> list(const Node& node, std::string_view what);

private:
    std::string m_file;
    std::vector<model::PolicyProblem> m_problems;
};

/// The entries of one map. Unknown keys are noted when it is made.
class MapReader {
public:
    MapReader(Reader& reader, const Node& node, std::string_view what,
              std::initializer_list<std::string_view> keys);

    /// The value of a key, or nothing. An empty value ("key:") is a problem, and gives nothing.
    [[nodiscard]] const Node* find(std::string_view key) const;
    /// The same, and a key that is not there is a problem.
    const Node* require(std::string_view key);

    [[nodiscard]] bool valid() const { return m_node.kind == Node::Kind::map; }

    [[nodiscard]] Position at() const { return m_node.at; }

private:
    Reader& m_reader;
    const Node& m_node;
    std::string m_what;
};

/// "; did you mean 'mode'?" for a word that is at most two letters off one of these, else what is
/// allowed: "; allowed: ask, auto, observe".
std::string suggestion(std::string_view word, std::span<const std::string_view> allowed);

/// "a, b and c"
std::string joined(std::span<const std::string_view> words, std::string_view last);

/// Notes a problem unless the map says `envfix: 1`.
void check_format(Reader& reader, MapReader& map);

} // namespace envfix::policy
