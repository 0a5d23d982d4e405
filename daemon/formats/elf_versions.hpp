#pragma once

#include "formats/elf.hpp"
#include "formats/elf_image.hpp"

#include <vector>

/// The inside of the ELF parser: symbol versions as the GNU linker writes them.
namespace envfix::formats {

/// DT_VERNEED: the versions that the file wants of each library.
std::vector<VersionNeed> read_version_needs(ElfImage& image);

/// DT_VERDEF: the versions that it offers.
std::vector<VersionOffer> read_version_offers(ElfImage& image);

} // namespace envfix::formats
