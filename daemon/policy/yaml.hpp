#pragma once

#include "policy/problems.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::policy {

/// Where a node begins; both count from 1, columns in characters.
struct Position {
    int line = 1;
    int column = 1;
};

struct Entry;

/// One node of a file, with its place. Numbers and booleans stay text: the reader decides.
struct Node {
    enum class Kind : std::uint8_t { empty, scalar, list, map };
    Kind kind = Kind::empty;
    Position at;
    std::string text; ///< of a scalar
    bool quoted = false;
    std::vector<Node> items;    ///< of a list
    std::vector<Entry> entries; ///< of a map, in the file's order, keys unique
};

struct Entry {
    std::string key;
    Position at;
    Node value;
};

constexpr std::size_t k_most_bytes = std::size_t{256} * 1024;
constexpr std::size_t k_most_nodes = 20'000;
constexpr std::size_t k_most_depth = 32;

/// Reads one YAML document. Refuses what a configuration never needs and an attacker does
/// (THREATS.md P2): aliases, anchors, tags, duplicate keys, keys that are not words, a second
/// document, text that is not UTF-8, and anything above the limits. Never shows content.
/// An empty file gives an empty node.
Parsed<Node> read_yaml(std::string_view text, std::string_view file);

/// The first byte that is not part of well-formed UTF-8 (RFC 3629), or `npos`.
std::size_t invalid_utf8(std::string_view text);

} // namespace envfix::policy
