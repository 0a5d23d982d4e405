#include "policy/reader.hpp"

#include "policy/units.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace envfix::policy {

namespace {

constexpr std::size_t k_most_text = 4096;

/// Levenshtein, for short words only.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above + 1, row[j - 1] + 1, replaced});
            diagonal = above;
        }
    }
    return row.back();
}

std::string quote(std::string_view key)
{
    return "'" + std::string(key) + "'";
}

/// A key is shown only if it looks like one: a value that slipped into a key's place may be a
/// secret.
bool may_be_shown(std::string_view key)
{
    return key.size() <= 32 && std::ranges::all_of(key, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
           });
}

std::string_view kind_name(Node::Kind kind)
{
    switch (kind) {
    case Node::Kind::empty: return "nothing";
    case Node::Kind::scalar: return "one value";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
    }
    return {};
}

} // namespace

std::string joined(std::span<const std::string_view> words, std::string_view last)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
        text += words[i];
    }
    return text;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> allowed)
{
    constexpr std::size_t k_longest = 64;
    if (word.size() <= k_longest) {
        std::string_view best;
        std::size_t best_distance = std::min<std::size_t>(2, word.size() / 2) + 1;
        for (const auto candidate : allowed) {
            if (const auto d = distance(word, candidate); d < best_distance) {
                best = candidate;
                best_distance = d;
            }
        }
        if (!best.empty()) return "; did you mean " + quote(best) + "?";
    }
    constexpr std::size_t k_many = 16;
    if (allowed.size() > k_many) return {};
    return "; allowed: " + joined(allowed, "and");
}

void Reader::problem(Position at, std::string reason)
{
    m_problems.push_back(
        {.file = m_file, .line = at.line, .column = at.column, .reason = std::move(reason)});
}

std::vector<model::PolicyProblem> Reader::take_problems()
{
    std::ranges::stable_sort(m_problems, {}, [](const model::PolicyProblem& problem) {
        return std::tuple(problem.line, problem.column);
    });
    return std::exchange(m_problems, {});
}

std::optional<std::string> Reader::text(const Node& node, std::string_view what)
{
    if (node.kind != Node::Kind::scalar) {
        problem(node.at,
                quote(what) + " must be one value, not " + std::string(kind_name(node.kind)));
        return std::nullopt;
    }
    if (node.text.empty()) {
        problem(node.at, quote(what) + " must not be empty");
        return std::nullopt;
    }
    if (node.text.size() > k_most_text) {
        problem(node.at, quote(what) + " is longer than 4096 bytes");
        return std::nullopt;
    }
    const bool control = std::ranges::any_of(node.text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
    });
    if (control) { // "\x1b" in a quoted string
        problem(node.at, quote(what) + " holds a control character");
        return std::nullopt;
    }
    return node.text;
}

std::optional<bool> Reader::boolean(const Node& node, std::string_view what)
{
    if (node.kind == Node::Kind::scalar && !node.quoted) {
        if (node.text == "true") return true;
        if (node.text == "false") return false;
    }
    problem(node.at, quote(what) + " must be true or false");
    return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(const Node& node, std::string_view what,
                                            std::int64_t least, std::int64_t most)
{
    std::int64_t value = 0;
    const char* end = node.text.data() + node.text.size();
    const auto read = std::from_chars(node.text.data(), end, value);
    const bool whole = node.kind == Node::Kind::scalar && !node.quoted && read.ec == std::errc{} &&
                       read.ptr == end && std::to_string(value) == node.text;
    if (whole && value >= least && value <= most) return value;
    problem(node.at, quote(what) + " must be a whole number from " + std::to_string(least) +
                         " to " + std::to_string(most));
    return std::nullopt;
}

std::optional<std::string> Reader::word(const Node& node, std::string_view what,
                                        std::span<const std::string_view> words)
{
    const auto value = text(node, what);
    if (!value || std::ranges::find(words, *value) != words.end()) return value;
    problem(node.at, "unknown " + quote(what) + suggestion(*value, words));
    return std::nullopt;
}

std::optional<std::int64_t> Reader::seconds(const Node& node, std::string_view what,
                                            std::int64_t least, std::int64_t most)
{
    const auto value = text(node, what);
    if (!value) return std::nullopt;
    const auto parsed = parse_duration(*value);
    if (!parsed) {
        problem(node.at, quote(what) + " must be a time such as 30s, 15m, 1h30m or 7d");
        return std::nullopt;
    }
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(*parsed).count();
    if (std::chrono::seconds(whole) == *parsed && whole >= least && whole <= most) return whole;
    problem(node.at, quote(what) + " must be from " + std::to_string(least) + "s to " +
                         std::to_string(most) + "s");
    return std::nullopt;
}

std::vector<const Node*> Reader::list(const Node& node, std::string_view what)
{
    std::vector<const Node*> nodes;
    if (node.kind == Node::Kind::scalar) {
        nodes.push_back(&node);
    } else if (node.kind == Node::Kind::list && !node.items.empty()) {
        for (const auto& item : node.items)
            nodes.push_back(&item);
    } else {
        problem(node.at, quote(what) + " must be a list with at least one value");
    }
    return nodes;
}

MapReader::MapReader(Reader& reader, const Node& node, std::string_view what,
                     std::initializer_list<std::string_view> keys)
    : m_reader(reader), m_node(node), m_what(what)
{
    const std::span<const std::string_view> allowed(keys.begin(), keys.size());
    if (!valid()) {
        m_reader.problem(node.at, m_what + " must be a map of " + joined(allowed, "and"));
        return;
    }
    for (const auto& entry : node.entries) {
        if (std::ranges::find(allowed, entry.key) == allowed.end()) {
            const auto shown = may_be_shown(entry.key) ? " " + quote(entry.key) : std::string();
            m_reader.problem(entry.at, "unknown key" + shown + suggestion(entry.key, allowed));
        } else if (entry.value.kind == Node::Kind::empty) {
            m_reader.problem(entry.at, quote(entry.key) + " has no value");
        }
    }
}

const Node* MapReader::find(std::string_view key) const
{
    const auto entry = std::ranges::find(m_node.entries, key, &Entry::key);
    if (entry == m_node.entries.end() || entry->value.kind == Node::Kind::empty) return nullptr;
    return &entry->value;
}

const Node* MapReader::require(std::string_view key)
{
    if (!valid()) return nullptr;
    if (std::ranges::find(m_node.entries, key, &Entry::key) == m_node.entries.end()) {
        m_reader.problem(m_node.at, m_what + " needs the key " + quote(key));
    }
    return find(key);
}

void check_format(Reader& reader, MapReader& map)
{
    const Node* node = map.require("envfix");
    if (node == nullptr) return;
    if (node->kind != Node::Kind::scalar || node->quoted || node->text != "1") {
        reader.problem(node->at, "'envfix' must be 1, the format that this version reads");
    }
}

} // namespace envfix::policy
