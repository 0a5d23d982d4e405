#include "formats/elf.hpp"

#include "formats/elf_image.hpp"
#include "formats/elf_versions.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_needed_limit = 1024;
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
    file.version_offers = read_version_offers(image);
    file.no_default_folders = (image.dynamic_value(DT_FLAGS_1).value_or(0) & DF_1_NODEFLIB) != 0;
    file.faults = image.faults();
    file.section_size = size_demanded_by_sections(image, file_size);
    if (image.read_error()) return fail(*image.read_error());
    return file;
}

} // namespace envfix::formats
