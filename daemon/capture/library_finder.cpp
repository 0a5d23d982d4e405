#include "capture/library_finder.hpp"

#include "capture/python_path.hpp"
#include "formats/elf.hpp"

#include <algorithm>
#include <elf.h>
#include <utility>

#if defined(__x86_64__) && !defined(__clang__)
#include <sys/platform/x86.h>
#endif

namespace envfix::capture {

namespace {

using Verdict = FoundLibrary::Verdict;

constexpr std::size_t k_cache_cap = 16UL * 1024 * 1024;
constexpr std::size_t k_path_file_cap = 64UL * 1024;
constexpr std::size_t k_most_tries = 5000; ///< a file may name a thousand libraries and a thousand folders
constexpr std::string_view k_cache = "/etc/ld.so.cache";

bool is_below(const std::string& path, const std::string& folder)
{
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

void add_once(std::vector<std::string>& list, std::string text)
{
    if (std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
}

/// Whether the loader goes on to the next folder past a file with this header.
Verdict judge_header(const formats::ElfHeader& header, const LoadingProgram& program)
{
    const bool fits = header.is_64_bit == program.is_64_bit && header.machine == program.machine;
    if (!fits) return program.libc == model::Libc::musl ? Verdict::unusable : Verdict::missing;
    const bool is_library = header.type == static_cast<std::uint16_t>(formats::ElfType::shared) ||
                            header.type == static_cast<std::uint16_t>(formats::ElfType::executable);
    return is_library && header.little_endian == program.little_endian ? Verdict::taken : Verdict::unusable;
}

} // namespace

std::vector<std::string> processor_levels()
{
    std::vector<std::string> levels;
#if defined(__x86_64__) && !defined(__clang__)
    // As the loader asks, and out of what the C library found out when the program began. The compiler's own question asks the
    // processor once more at every start, which a virtual machine answers slowly.
    const bool second = CPU_FEATURE_ACTIVE(CMPXCHG16B) && CPU_FEATURE_ACTIVE(LAHF64_SAHF64) && CPU_FEATURE_ACTIVE(POPCNT) &&
                        CPU_FEATURE_ACTIVE(SSE3) && CPU_FEATURE_ACTIVE(SSE4_1) && CPU_FEATURE_ACTIVE(SSE4_2) &&
                        CPU_FEATURE_ACTIVE(SSSE3);
    const bool third = second && CPU_FEATURE_ACTIVE(AVX) && CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(BMI1) &&
                       CPU_FEATURE_ACTIVE(BMI2) && CPU_FEATURE_ACTIVE(F16C) && CPU_FEATURE_ACTIVE(FMA) &&
                       CPU_FEATURE_ACTIVE(LZCNT) && CPU_FEATURE_ACTIVE(MOVBE);
    const bool fourth = third && CPU_FEATURE_ACTIVE(AVX512F) && CPU_FEATURE_ACTIVE(AVX512BW) && CPU_FEATURE_ACTIVE(AVX512CD) &&
                        CPU_FEATURE_ACTIVE(AVX512DQ) && CPU_FEATURE_ACTIVE(AVX512VL);
    if (fourth) levels.emplace_back("x86-64-v4");
    if (third) levels.emplace_back("x86-64-v3");
    if (second) levels.emplace_back("x86-64-v2");
#endif
    return levels;
}

LibraryFinder::LibraryFinder(const fs::Tree& tree, LoadingProgram program) : m_tree(tree), m_program(std::move(program)) {}

void LibraryFinder::read_musl_path()
{
    // /lib/ld-musl-x86_64.so.1 reads /etc/ld-musl-x86_64.path, below the same prefix.
    const auto lib = m_program.loader.rfind("/lib/ld-musl-");
    const auto name = std::string(last_name(m_program.loader));
    const auto prefix = lib == std::string::npos ? std::string() : m_program.loader.substr(0, lib);
    const auto text = m_tree.read(prefix + "/etc/" + name.substr(0, name.find('.')) + ".path", k_path_file_cap);
    if (!text) {
        m_setup.default_folders = {"/lib", "/usr/local/lib", "/usr/lib"};
        return;
    }
    std::string_view rest(*text);
    while (!rest.empty()) {
        const auto end = rest.find_first_of(":\n");
        std::string folder(rest.substr(0, end));
        if (folder.starts_with('/')) add_once(m_setup.default_folders, std::move(folder));
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    }
}

void LibraryFinder::read_setup()
{
    m_is_set_up = true;
    m_setup.library_path = m_program.library_path;
    m_setup.musl = m_program.libc == model::Libc::musl;
    if (m_setup.musl) return read_musl_path();
    if (m_tree.is_system()) m_hwcaps = processor_levels();

    // The loader lies in the folder that glibc was configured for, and that says which the others are.
    const auto real = m_tree.real_path(m_program.loader);
    const auto home = parent_path(real ? *real : m_program.loader);
    const auto leaf = std::string(last_name(home));
    const bool multiarch = leaf.find("-linux-gnu") != std::string::npos;
    m_setup.lib = multiarch ? "lib/" + leaf : leaf;
    const bool usual = home.starts_with("/lib") || home.starts_with("/usr/lib");
    if (!usual) {
        m_setup.default_folders = {home};
    } else if (multiarch) {
        m_setup.default_folders = {"/lib/" + leaf, "/usr/lib/" + leaf, "/lib", "/usr/lib"};
    } else {
        m_setup.default_folders = {"/" + leaf, "/usr/" + leaf};
    }
    m_setup.platforms = {formats::machine_name(m_program.machine, m_program.is_64_bit, m_program.little_endian)};
    // Which of the two an Intel processor is called, depends on its year and on glibc's.
    if (m_program.machine == EM_X86_64) m_setup.platforms.insert(m_setup.platforms.begin(), {"haswell", "xeon_phi"});
}

const formats::LdSoCache* LibraryFinder::cache(Trail& trail)
{
    trail.emplace(k_cache);
    if (!m_cache) {
        m_cache.emplace();
        if (auto bytes = m_tree.read(std::string(k_cache), k_cache_cap)) {
            if (auto parsed = formats::LdSoCache::parse(*std::move(bytes))) m_cache->emplace(*std::move(parsed));
        }
    }
    return *m_cache ? &**m_cache : nullptr;
}

FoundLibrary LibraryFinder::candidate(const std::string& path, Trail& trail)
{
    constexpr std::size_t k_header = 64;
    FoundLibrary found{.path = path, .file = {}, .searched = {}};
    if (++m_tries > k_most_tries) {
        found.verdict = Verdict::unknown;
        return found;
    }
    auto file = m_tree.open_file(path);
    if (!file) {
        if (file.error().code == ErrorCode::not_found) return found;
        const bool is_no_file = file.error().code == ErrorCode::malformed; // a folder, or the like
        found.verdict = is_no_file ? Verdict::unusable : Verdict::unknown;
        trail.insert(path);
        return found;
    }
    trail.insert(path);
    const auto first = file->read_at(0, k_header);
    const auto header = first ? formats::parse_elf_header(*first) : Result<formats::ElfHeader>(fail(first.error()));
    found.verdict = header ? judge_header(*header, m_program) : Verdict::unusable;
    if (found.verdict == Verdict::taken) found.file = *std::move(file);
    return found;
}

bool LibraryFinder::try_folder(const std::string& folder, const std::string& name, FoundLibrary& found, Trail& trail)
{
    trail.insert(folder);
    found.searched.push_back(folder);
    std::vector<std::string> places;
    if (!m_hwcaps.empty()) {
        const auto base = folder + "/glibc-hwcaps";
        const auto [known, is_new] = m_has_hwcaps.try_emplace(folder, false);
        if (is_new) known->second = m_tree.is_directory(base);
        for (const auto& level : m_hwcaps) {
            if (!known->second) break;
            places.push_back(base + "/" + level);
            trail.insert(places.back());
        }
    }
    places.push_back(folder);
    for (const auto& place : places) {
        auto tried = candidate(place + "/" + name, trail);
        if (tried.verdict == Verdict::missing) continue;
        tried.searched = std::move(found.searched);
        found = std::move(tried);
        return true;
    }
    return false;
}

FoundLibrary LibraryFinder::find(std::span<const formats::LoadedFile> files, std::size_t asking, const std::string& name,
                                 Trail& trail)
{
    if (!m_is_set_up) read_setup();
    if (name.find('/') != std::string::npos) {
        for (const auto& path : formats::expand_tokens(name, files[asking].folder, m_setup)) {
            trail.insert(path);
            auto found = candidate(path, trail);
            if (found.verdict != Verdict::missing) return found;
        }
        const bool depends_on_working_directory = name.front() != '/' && name.front() != '$';
        return {.verdict = depends_on_working_directory ? Verdict::unknown : Verdict::missing, .path = {}, .file = {}, .searched = {}};
    }
    FoundLibrary found{.path = {}, .file = {}, .searched = {}};
    for (const auto& step : formats::library_search(files, asking, m_setup)) {
        found.is_system = step.is_default;
        if (step.kind == formats::SearchStep::Kind::cache) {
            const auto* known = cache(trail);
            const auto path = known != nullptr ? known->find(name, m_program.machine, m_program.is_64_bit, m_hwcaps) : std::nullopt;
            if (!path) continue;
            if (std::ranges::any_of(step.not_below, [&](const auto& folder) { return is_below(*path, folder); })) continue;
            trail.insert(*path);
            auto tried = candidate(*path, trail);
            if (tried.verdict == Verdict::missing) continue;
            tried.is_system = true;
            tried.searched = std::move(found.searched);
            return tried;
        }
        for (const auto& folder : step.folders) {
            if (!try_folder(folder, name, found, trail)) continue;
            found.is_system = step.is_default;
            return found;
        }
    }
    return found;
}

} // namespace envfix::capture
