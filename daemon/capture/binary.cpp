#include "capture/binary.hpp"

#include "formats/elf.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <set>
#include <string_view>

namespace envfix::capture {

namespace {

using Format = model::BinaryFile::Format;

constexpr std::size_t k_first_bytes = 1024;
constexpr std::size_t k_scan_limit = 1024UL * 1024;
constexpr std::size_t k_longest_version = 24;

Format format_of(formats::BinaryKind kind)
{
    switch (kind) {
    case formats::BinaryKind::empty: return Format::empty;
    case formats::BinaryKind::elf: return Format::elf;
    case formats::BinaryKind::mach_o: return Format::mach_o;
    case formats::BinaryKind::pe: return Format::pe;
    case formats::BinaryKind::script:
    case formats::BinaryKind::archive:
    case formats::BinaryKind::unknown: return Format::other;
    }
    return Format::other;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// N.N[.N…] with at most a short tail such as "rc1" or ".dev0".
bool is_version_text(std::string_view text)
{
    if (text.size() < 3 || text.size() > k_longest_version || !is_digit(text.front())) return false;
    const bool plain = std::ranges::all_of(
        text, [](char c) { return is_digit(c) || c == '.' || (c >= 'a' && c <= 'z'); });
    return plain && std::ranges::count(text, '.') >= 1 && is_digit(text[text.find('.') + 1]);
}

/// Whether `text` stands between NULs in the part of the file that is looked at. Far quicker than reading all of its texts.
bool holds_text(const fs::File& file, const std::string& text)
{
    const auto wanted = '\0' + text + '\0';
    constexpr std::size_t k_piece = 16UL * 1024; // the heap has room for it, and need not grow and shrink around each
    const auto size = std::min<std::uint64_t>(file.status().size, k_scan_limit);
    for (std::uint64_t at = 0; at < size; at += k_piece) {
        const auto piece = file.read_at(at, k_piece + wanted.size());
        if (!piece) return false;
        if (::memmem(piece->data(), piece->size(), wanted.data(), wanted.size()) != nullptr) return true;
    }
    return false;
}

/// The texts between NULs that are versions.
std::set<std::string> versions_in(std::string_view bytes)
{
    std::set<std::string> found;
    std::size_t start = 0;
    while (start < bytes.size()) {
        auto end = bytes.find('\0', start);
        if (end == std::string_view::npos) end = bytes.size();
        const auto text = bytes.substr(start, end - start);
        if (is_version_text(text)) found.emplace(text);
        start = end + 1;
    }
    return found;
}

model::BinaryFile read_open_binary(const fs::File& file)
{
    model::BinaryFile binary;
    binary.size = file.status().size;
    // The headers of most files lie in the first bytes.
    const auto first = file.read_at(0, k_first_bytes);
    if (!first) {
        binary.format = Format::unreadable;
        return binary;
    }
    const formats::ReadAt read = [&](std::uint64_t offset, std::size_t size) -> Result<std::string> {
        if (offset < first->size() && size <= first->size() - offset) return first->substr(offset, size);
        return file.read_at(offset, size);
    };
    binary.format = format_of(formats::binary_kind(*first));
    if (binary.format != Format::elf) return binary;
    const auto elf = formats::read_elf(read, binary.size);
    if (!elf) {
        binary.format = Format::truncated;
        return binary;
    }
    binary.machine = elf->header.machine;
    binary.elf_class = elf->header.is_64_bit ? 2 : 1;
    binary.least_size = elf->loaded_size;
    binary.needed = elf->needed;
    return binary;
}

std::string version_in_open_binary(const fs::File& file, const std::string& expected)
{
    if (is_version_text(expected) && holds_text(file, expected)) return expected;
    const auto bytes = file.read_at(0, k_scan_limit);
    if (!bytes) return {};
    auto versions = versions_in(*bytes);
    if (versions.contains(expected)) return expected; // at the very beginning or end
    // A compiled module may also state the Python that it was built with.
    std::erase_if(versions, [](const std::string& text) { return text.starts_with("3."); });
    return versions.size() == 1 ? *versions.begin() : std::string{};
}

} // namespace

model::BinaryFile read_binary(const fs::Tree& tree, const std::string& path, const Recall& recall)
{
    model::BinaryFile binary;
    if (recall.remembers()) {
        const auto status = tree.stat(path);
        if (const auto* known = status ? recall.find(&Memory::binaries, *status) : nullptr) {
            binary = *known;
            binary.path = path;
            return binary;
        }
    }
    if (const auto file = tree.open_file(path)) {
        binary = read_open_binary(*file);
        if (binary.format != Format::unreadable) recall.keep(&Memory::binaries, file->status(), binary);
    } else {
        binary.format = Format::unreadable;
    }
    binary.path = path;
    return binary;
}

std::string version_in_binary(const fs::Tree& tree, const std::string& path, const std::string& expected,
                              const Recall& recall)
{
    if (recall.remembers()) {
        const auto status = tree.stat(path);
        const auto* known = status ? recall.find(&Memory::versions, *status) : nullptr;
        if (known != nullptr && known->expected == expected) return known->stated;
    }
    const auto file = tree.open_file(path);
    if (!file) return {};
    auto stated = version_in_open_binary(*file, expected);
    recall.keep(&Memory::versions, file->status(), StatedVersion{.expected = expected, .stated = stated});
    return stated;
}

} // namespace envfix::capture
