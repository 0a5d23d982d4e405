#include "formats/elf_image.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_segment_limit = 1024;
constexpr std::uint64_t k_dynamic_limit = 64U << 10U;
constexpr std::uint64_t k_string_limit = 4096;
constexpr std::uint64_t k_string_window = 16U << 10U;

} // namespace

Result<ElfImage> ElfImage::open(const ReadAt& read, std::uint64_t file_size)
{
    ElfImage image(read, file_size);
    ENVFIX_TRY(const auto first, read(0, sizeof(Elf64_Ehdr)));
    image.m_bytes_read = first.size();
    ENVFIX_TRY(image.m_header, parse_elf_header(first));
    image.read_segments();
    image.read_dynamic();
    if (image.m_read_error) return fail(*image.m_read_error);
    return image;
}

void ElfImage::note(ElfFault fault)
{
    if (std::ranges::find(m_faults, fault) == m_faults.end()) m_faults.push_back(fault);
}

std::optional<std::string> ElfImage::bytes(std::uint64_t offset, std::uint64_t size)
{
    if (m_read_error) return {};
    if (saturating_add(offset, size) > m_file_size) {
        note(ElfFault::beyond_end);
        return {};
    }
    if (size > k_read_limit - m_bytes_read) {
        note(ElfFault::limit);
        return {};
    }
    auto got = (*m_read)(offset, static_cast<std::size_t>(size));
    if (!got) {
        m_read_error = std::move(got).error();
        return {};
    }
    m_bytes_read += static_cast<std::size_t>(size);
    if (got->size() != size) { // the file has become shorter since its size was asked
        note(ElfFault::beyond_end);
        return {};
    }
    return *std::move(got);
}

std::optional<ElfImage::Place> ElfImage::place_of(std::uint64_t address) const
{
    for (const auto& segment : m_segments) {
        if (segment.type != PT_LOAD || address < segment.address) continue;
        const auto into = address - segment.address;
        if (into >= segment.file_bytes) continue;
        return Place{saturating_add(segment.offset, into), segment.file_bytes - into};
    }
    return {};
}

std::optional<std::string> ElfImage::bytes_at(std::uint64_t address, std::uint64_t most)
{
    const auto place = place_of(address);
    if (!place) {
        note(ElfFault::bad_table);
        return {};
    }
    if (place->offset >= m_file_size) {
        note(ElfFault::beyond_end);
        return {};
    }
    return bytes(place->offset, std::min({most, place->available, m_file_size - place->offset}));
}

void ElfImage::read_segments()
{
    const auto entry = fields({}).pick(sizeof(Elf32_Phdr), sizeof(Elf64_Phdr));
    if (m_header.program_header_count == 0) return;
    // The loader, too, refuses any other size of the entries.
    if (m_header.program_header_size != entry) return note(ElfFault::bad_table);
    if (m_header.program_header_count > k_segment_limit) return note(ElfFault::limit);
    const auto table =
        bytes(m_header.program_headers, entry * std::uint64_t{m_header.program_header_count});
    if (!table) return;
    for (std::size_t i = 0; i < m_header.program_header_count; ++i) {
        const auto header = fields(*table).at(i * entry);
        m_segments.push_back(
            {.type = header.u32(offsetof(Elf64_Phdr, p_type)), // the first field in both classes
             .offset = header.word(offsetof(Elf32_Phdr, p_offset), offsetof(Elf64_Phdr, p_offset)),
             .address = header.word(offsetof(Elf32_Phdr, p_vaddr), offsetof(Elf64_Phdr, p_vaddr)),
             .file_bytes =
                 header.word(offsetof(Elf32_Phdr, p_filesz), offsetof(Elf64_Phdr, p_filesz))});
    }
}

void ElfImage::read_dynamic()
{
    const auto segment =
        std::ranges::find(m_segments, std::uint32_t{PT_DYNAMIC}, &ElfSegment::type);
    if (segment == m_segments.end()) return;
    if (segment->file_bytes > k_dynamic_limit) note(ElfFault::limit);
    const auto table = bytes_at(segment->address, std::min(segment->file_bytes, k_dynamic_limit));
    if (!table) return;
    const auto entry = fields({}).pick(sizeof(Elf32_Dyn), sizeof(Elf64_Dyn));
    for (std::size_t at = 0; at + entry <= table->size(); at += entry) {
        const auto item = fields(*table).at(at);
        const auto tag = item.word(offsetof(Elf32_Dyn, d_tag), offsetof(Elf64_Dyn, d_tag));
        if (tag == DT_NULL) return;
        m_dynamic.push_back({tag, item.word(offsetof(Elf32_Dyn, d_un), offsetof(Elf64_Dyn, d_un))});
    }
    note(ElfFault::bad_table); // it must end with DT_NULL
}

std::optional<std::uint64_t> ElfImage::dynamic_value(std::uint64_t tag) const
{
    const auto found = std::find_if(m_dynamic.rbegin(), m_dynamic.rend(),
                                    [tag](const ElfDynamic& entry) { return entry.tag == tag; });
    if (found == m_dynamic.rend()) return {};
    return found->value;
}

std::optional<std::string> ElfImage::string(std::uint64_t index)
{
    const auto table = dynamic_value(DT_STRTAB);
    const auto size = dynamic_value(DT_STRSZ);
    if (!table || !size || index >= *size) {
        note(ElfFault::bad_table);
        return {};
    }
    for (const bool is_fresh : {false, true}) {
        if (is_fresh) {
            auto window =
                bytes_at(saturating_add(*table, index), std::min(k_string_window, *size - index));
            if (!window) return {};
            m_strings = *std::move(window);
            m_strings_begin = index;
        }
        if (index < m_strings_begin || index - m_strings_begin >= m_strings.size()) continue;
        const auto begin = static_cast<std::size_t>(index - m_strings_begin);
        const auto end = m_strings.find('\0', begin);
        if (end == std::string::npos) continue;
        if (end - begin > k_string_limit) break;
        return m_strings.substr(begin, end - begin);
    }
    note(m_strings.size() < k_string_limit ? ElfFault::bad_table : ElfFault::limit);
    return {};
}

} // namespace envfix::formats
