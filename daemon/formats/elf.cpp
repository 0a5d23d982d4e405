#include "formats/elf.hpp"

#include "formats/elf_image.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_needed_limit = 1024;
constexpr std::size_t k_version_limit = 4096;
constexpr std::uint64_t k_version_bytes = 64U << 10U;
constexpr std::uint64_t k_section_limit = 4096;

std::uint64_t size_demanded_by_segments(const ElfImage& image)
{
    const auto& header = image.header();
    std::uint64_t size = image.fields({}).pick(sizeof(Elf32_Ehdr), sizeof(Elf64_Ehdr));
    size = std::max(
        size, saturating_add(header.program_headers, std::uint64_t{header.program_header_size} *
                                                         header.program_header_count));
    for (const auto& segment : image.segments())
        if (segment.type == PT_LOAD)
            size = std::max(size, saturating_add(segment.offset, segment.file_bytes));
    return size;
}

/// Reads the section table, which may well be missing or cut off: no loader looks at it, so
/// nothing here is a fault.
std::uint64_t size_demanded_by_sections(ElfImage& image, std::uint64_t file_size)
{
    const auto& header = image.header();
    const auto entry = image.fields({}).pick(sizeof(Elf32_Shdr), sizeof(Elf64_Shdr));
    if (header.section_headers == 0 || header.section_header_size != entry) return 0;

    std::uint64_t count = header.section_header_count;
    const auto size_of = [](const ElfFields& section) {
        return section.word(offsetof(Elf32_Shdr, sh_size), offsetof(Elf64_Shdr, sh_size));
    };
    auto end = saturating_add(header.section_headers, entry);
    if (count == 0 && end <= file_size) { // 65280 sections or more: the first one has the number
        if (const auto first = image.bytes(header.section_headers, entry))
            count = size_of(image.fields(*first));
    }
    if (count > UINT64_MAX / entry) return UINT64_MAX;
    end = std::max(end, saturating_add(header.section_headers, count * entry));
    if (end > file_size || count > k_section_limit) return end;

    const auto table = image.bytes(header.section_headers, count * entry);
    if (!table) return end;
    for (std::size_t at = 0; at < table->size(); at += entry) {
        const auto section = image.fields(*table).at(at);
        const auto type = section.u32(offsetof(Elf64_Shdr, sh_type)); // the same place in both
        if (type == SHT_NOBITS || type == SHT_NULL) continue;
        const auto offset =
            section.word(offsetof(Elf32_Shdr, sh_offset), offsetof(Elf64_Shdr, sh_offset));
        end = std::max(end, saturating_add(offset, size_of(section)));
    }
    return end;
}

std::optional<std::string> read_interpreter(ElfImage& image)
{
    const auto found =
        std::ranges::find(image.segments(), std::uint32_t{PT_INTERP}, &ElfSegment::type);
    if (found == image.segments().end()) return {};
    const auto segment = *found;
    if (segment.file_bytes > 4096) {
        image.note(ElfFault::bad_table);
        return {};
    }
    auto path = image.bytes(segment.offset, segment.file_bytes);
    if (path) path->resize(std::min(path->find('\0'), path->size()));
    return path;
}

std::optional<std::string> string_of_tag(ElfImage& image, std::uint64_t tag)
{
    const auto index = image.dynamic_value(tag);
    if (!index) return {};
    return image.string(*index);
}

std::vector<std::string> read_needed(ElfImage& image)
{
    std::vector<std::string> needed;
    for (const auto& entry : image.dynamic()) {
        if (entry.tag != DT_NEEDED) continue;
        if (needed.size() == k_needed_limit) {
            image.note(ElfFault::limit);
            break;
        }
        if (auto name = image.string(entry.value)) needed.push_back(*std::move(name));
    }
    return needed;
}

/// A chain of Verneed, each with a chain of Vernaux; both structures are the same in both classes.
/// Links lead forward only, and the number of steps is bounded, so that no chain is endless.
std::vector<VersionNeed> read_version_needs(ElfImage& image)
{
    const auto address = image.dynamic_value(DT_VERNEED);
    const auto count = image.dynamic_value(DT_VERNEEDNUM);
    if (!address || !count) return {};
    const auto table = image.bytes_at(*address, k_version_bytes);
    if (!table) return {};

    std::vector<VersionNeed> needs;
    std::size_t steps = 0;
    const auto is_inside = [&](std::uint64_t at, std::size_t size) {
        if (++steps > k_version_limit) {
            image.note(ElfFault::limit);
            return false;
        }
        if (at <= table->size() && table->size() - at >= size) return true;
        image.note(ElfFault::bad_table);
        return false;
    };
    std::uint64_t at = 0;
    for (std::uint64_t file = 0; file < *count; ++file) {
        if (!is_inside(at, sizeof(Elf64_Verneed))) return needs;
        const auto need = image.fields(*table).at(at);
        const auto name = image.string(need.u32(offsetof(Elf64_Verneed, vn_file)));
        std::uint64_t aux_at = at + need.u32(offsetof(Elf64_Verneed, vn_aux));
        const auto versions = need.u16(offsetof(Elf64_Verneed, vn_cnt));
        for (std::uint16_t i = 0; i < versions; ++i) {
            if (!is_inside(aux_at, sizeof(Elf64_Vernaux))) return needs;
            const auto aux = image.fields(*table).at(aux_at);
            auto version = image.string(aux.u32(offsetof(Elf64_Vernaux, vna_name)));
            const auto flags = aux.u16(offsetof(Elf64_Vernaux, vna_flags));
            if (name && version)
                needs.push_back({*name, *std::move(version), (flags & VER_FLG_WEAK) != 0});
            const auto step = aux.u32(offsetof(Elf64_Vernaux, vna_next));
            if (step == 0) break;
            aux_at += step;
        }
        const auto step = need.u32(offsetof(Elf64_Verneed, vn_next));
        if (step == 0) break;
        at += step;
    }
    return needs;
}

} // namespace

Result<ElfFile> read_elf(const ReadAt& read, std::uint64_t file_size)
{
    ENVFIX_TRY(auto image, ElfImage::open(read, file_size));
    ElfFile file;
    file.header = image.header();
    file.file_size = file_size;
    file.loaded_size = size_demanded_by_segments(image);
    file.interpreter = read_interpreter(image);
    file.soname = string_of_tag(image, DT_SONAME);
    file.rpath = string_of_tag(image, DT_RPATH);
    file.runpath = string_of_tag(image, DT_RUNPATH);
    file.needed = read_needed(image);
    file.version_needs = read_version_needs(image);
    file.faults = image.faults();
    file.section_size = size_demanded_by_sections(image, file_size);
    if (image.read_error()) return fail(*image.read_error());
    return file;
}

} // namespace envfix::formats
