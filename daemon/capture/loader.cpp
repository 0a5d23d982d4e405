#include "capture/loader.hpp"

#include "capture/python_path.hpp"

#include <algorithm>
#include <charconv>

namespace envfix::capture {

namespace {

using Kind = model::LoaderTrouble::Kind;
using Verdict = FoundLibrary::Verdict;

constexpr std::size_t k_most_objects = 96;
constexpr std::size_t k_most_troubles = 16;
constexpr std::size_t k_most_symbols_told = 4; ///< of one file

formats::ReadAt reader_of(const fs::File& file)
{
    return [&file](std::uint64_t offset, std::size_t size) { return file.read_at(offset, size); };
}

bool is_python_symbol(std::string_view name)
{
    return name.starts_with("Py") || name.starts_with("_Py");
}

bool is_libpython(std::string_view name)
{
    return name.starts_with("libpython") || name.starts_with("libpypy");
}

} // namespace

Loader::Loader(const fs::Tree& tree, LibraryFinder finder, const model::Interpreter& interpreter)
    : m_tree(&tree), m_finder(std::move(finder)), m_libc_version(interpreter.libc_version)
{
}

Result<Loader> Loader::open(const fs::Tree& tree, const model::Interpreter& interpreter, std::vector<std::string> library_path)
{
    ENVFIX_TRY(const auto file, tree.open_file(interpreter.real_path));
    ENVFIX_TRY(auto elf, formats::read_elf(reader_of(file), file.status().size));
    if (!elf.interpreter) return fail(ErrorCode::malformed, interpreter.real_path + " loads no libraries");
    LibraryFinder finder(tree, {.loader = *elf.interpreter,
                                .libc = interpreter.libc,
                                .machine = elf.header.machine,
                                .is_64_bit = elf.header.is_64_bit,
                                .little_endian = elf.header.little_endian,
                                .library_path = std::move(library_path)});
    Loader loader(tree, std::move(finder), interpreter);
    loader.m_interpreter_trail.insert(interpreter.real_path);
    loader.add(file, std::nullopt, false);
    for (const auto& name : elf.needed) {
        if (!is_libpython(name)) continue;
        if (const auto library = loader.add_library(0, name, loader.m_interpreter_trail)) loader.m_caller = *library;
    }
    loader.m_interpreter = loader.m_objects.size();
    return loader;
}

bool Loader::is_musl() const
{
    return m_finder.program().libc == model::Libc::musl;
}

Trail Loader::trail() const
{
    Trail all = m_interpreter_trail;
    all.insert(m_trail.begin(), m_trail.end());
    return all;
}

void Loader::report(model::LoaderTrouble trouble)
{
    const bool known = std::ranges::find(m_troubles, trouble) != m_troubles.end();
    if (!known && m_troubles.size() < k_most_troubles) m_troubles.push_back(std::move(trouble));
}

std::optional<std::size_t> Loader::add(const fs::File& file, std::optional<std::size_t> loader, bool is_system)
{
    if (m_objects.size() >= k_most_objects) return std::nullopt;
    auto elf = formats::read_elf(reader_of(file), file.status().size);
    if (!elf) return std::nullopt;
    m_files.push_back({.folder = parent_path(file.path()),
                       .rpath = elf->rpath,
                       .runpath = elf->runpath,
                       .no_default_folders = elf->no_default_folders,
                       .loader = loader});
    m_objects.push_back({.path = file.path(),
                         .names = {},
                         .elf = *std::move(elf),
                         .identity = {file.status().device, file.status().inode},
                         .is_system = is_system,
                         .exports = {}});
    return m_objects.size() - 1;
}

std::optional<std::size_t> Loader::loaded(const std::string& name) const
{
    const auto found = std::ranges::find_if(m_objects, [&](const Object& object) {
        return object.elf.soname == name || std::ranges::find(object.names, name) != object.names.end();
    });
    if (found == m_objects.end()) return std::nullopt;
    return static_cast<std::size_t>(found - m_objects.begin());
}

/// Looks for a library, and takes it in. Nothing where it cannot be taken, which is reported for modules only.
std::optional<std::size_t> Loader::add_library(std::size_t asking, const std::string& name, Trail& trail)
{
    // musl is its own loader, and takes all the names of a C library for itself.
    const bool is_loader = is_musl() && formats::is_c_library(name, true);
    auto found = m_finder.find(m_files, asking, is_loader ? m_finder.program().loader : name, trail);
    if (found.verdict == Verdict::missing || found.verdict == Verdict::unusable) {
        report({.kind = Kind::library_missing,
                .name = name,
                .required_by = m_objects[asking].path,
                .library = found.verdict == Verdict::unusable ? found.path : std::string(),
                .searched = std::move(found.searched)});
        return std::nullopt;
    }
    m_has_unknown = m_has_unknown || found.verdict == Verdict::unknown;
    if (!found.file) return std::nullopt;
    const std::pair identity{found.file->status().device, found.file->status().inode};
    const auto same = std::ranges::find(m_objects, identity, &Object::identity);
    if (same != m_objects.end()) {
        same->names.push_back(name);
        return static_cast<std::size_t>(same - m_objects.begin());
    }
    const auto added = add(*found.file, asking, found.is_system);
    if (!added) {
        m_has_unknown = true;
        return std::nullopt;
    }
    m_objects[*added].names.push_back(name);
    return added;
}

/// What every interpreter has, so that nothing need be opened for it: the C library, and what the interpreter itself needs.
bool Loader::is_taken_for_granted(const std::string& name, const formats::ElfFile& by) const
{
    if (m_is_interpreter_complete) return false;
    if (formats::is_c_library(name, is_musl())) return is_musl() || !m_libc_version.empty();
    const bool is_interpreters = std::any_of(m_objects.begin(), m_objects.begin() + static_cast<std::ptrdiff_t>(m_interpreter),
                                             [&](const Object& object) {
                                                 return std::ranges::find(object.elf.needed, name) != object.elf.needed.end();
                                             });
    return is_interpreters && std::ranges::find(by.version_needs, name, &formats::VersionNeed::file) == by.version_needs.end();
}

/// Everything that the interpreter itself needs. For modules that need nothing but the C library it is never read.
void Loader::complete_interpreter()
{
    m_is_interpreter_complete = true;
    for (std::size_t asking = 0; asking < m_objects.size(); ++asking) {
        const auto needed = m_objects[asking].elf.needed;
        for (const auto& name : needed) {
            if (!loaded(name)) add_library(asking, name, m_interpreter_trail);
        }
    }
    m_interpreter = m_objects.size();
}

/// Breadth first, as the loader does: whoever asks for a library first decides from where it comes.
bool Loader::add_needed(std::size_t first)
{
    for (auto asking = first; asking < m_objects.size(); ++asking) {
        const auto needed = m_objects[asking].elf.needed;
        for (const auto& name : needed) {
            if (loaded(name) || is_taken_for_granted(name, m_objects[asking].elf)) continue;
            if (!m_is_interpreter_complete) return false;
            add_library(asking, name, m_trail);
        }
    }
    return true;
}

/// Whether a version of glibc's is one that this glibc has, by its number alone.
bool Loader::is_old_enough(const formats::VersionNeed& need) const
{
    constexpr std::string_view k_prefix = "GLIBC_2.";
    constexpr std::string_view k_own_prefix = "2.";
    if (!need.version.starts_with(k_prefix) || !m_libc_version.starts_with(k_own_prefix)) return false;
    const auto minor_of = [](std::string_view text) {
        int minor = -1;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), minor);
        const bool whole = error == std::errc{} && (end == text.data() + text.size() || *end == '.');
        return whole ? minor : -1;
    };
    const auto wanted = minor_of(std::string_view(need.version).substr(k_prefix.size()));
    const auto here = minor_of(std::string_view(m_libc_version).substr(k_own_prefix.size()));
    return wanted >= 0 && wanted <= here;
}

bool Loader::check_versions(std::size_t object)
{
    const auto needs = m_objects[object].elf.version_needs;
    for (const auto& need : needs) {
        if (need.weak) continue;
        const auto library = loaded(need.file);
        if (!library) {
            if (m_is_interpreter_complete) continue; // missing, which is reported, or unknown
            if (!formats::is_c_library(need.file, false) || !is_old_enough(need)) return false;
            continue;
        }
        const auto& from = m_objects[*library];
        const auto& offers = from.elf.version_offers;
        // One without any versions is taken with a warning.
        if (offers.empty() || !from.elf.faults.empty()) continue;
        const bool has = std::ranges::any_of(offers, [&](const formats::VersionOffer& offer) {
            return offer.hash == need.hash && offer.version == need.version;
        });
        if (has) continue;
        report({.kind = Kind::version_missing,
                .name = need.version,
                .required_by = m_objects[object].path,
                .library = from.path,
                .searched = {}});
    }
    return true;
}

const formats::ElfExports* Loader::exports_of(std::size_t object)
{
    auto& of = m_objects[object];
    if (!of.exports) {
        const auto file = m_tree->open_file(of.path);
        auto exports = file ? formats::ElfExports::read(reader_of(*file), file->status().size)
                            : Result<formats::ElfExports>(fail(file.error()));
        if (!exports) return nullptr;
        of.exports = *std::move(exports);
    }
    return of.exports->is_complete() ? &*of.exports : nullptr;
}

/// Whether anything in the process defines it, as far as that is known; what cannot be read may define anything.
bool Loader::is_offered(const std::string& symbol)
{
    const auto offers = [&](std::size_t object) {
        const auto* exports = exports_of(object);
        return exports == nullptr || exports->defines(symbol);
    };
    // Where a symbol is likely to be found, is asked first: the module's own libraries, the interpreter.
    if (is_python_symbol(symbol) && (offers(m_caller) || offers(0))) return true;
    for (auto object = m_interpreter; object < m_objects.size(); ++object) {
        if (offers(object)) return true;
    }
    for (std::size_t object = 0; object < m_interpreter; ++object) {
        if (offers(object)) return true;
    }
    return false;
}

bool Loader::check_symbols(std::size_t object)
{
    const auto path = m_objects[object].path;
    const auto file = m_tree->open_file(path);
    if (!file) return true;
    const auto table = formats::read_elf_symbols(reader_of(*file), file->status().size);
    if (!table) return true;
    std::size_t told = 0;
    for (const auto& symbol : table->symbols) {
        if (symbol.defined || symbol.weak || told == k_most_symbols_told) continue;
        const auto& needs = m_objects[object].elf.version_needs;
        const auto need = symbol.version == 0 ? needs.end()
                                              : std::ranges::find(needs, symbol.version, &formats::VersionNeed::index);
        // The C library has all the symbols of the versions that it offers.
        if (need != needs.end() && formats::is_c_library(need->file, false)) continue;
        if (is_offered(symbol.name)) continue;
        if (!m_is_interpreter_complete) return false;
        report({.kind = Kind::symbol_missing, .name = symbol.name, .required_by = path, .library = {}, .searched = {}});
        ++told;
    }
    return true;
}

bool Loader::try_load(const fs::File& file)
{
    forget_module();
    m_finder.begin();
    m_trail.insert(file.path());
    const auto module = add(file, m_caller, false);
    if (!module) return true;
    const auto& needed = m_objects[*module].elf.needed;
    const auto stranger = std::ranges::find_if(needed, [&](const std::string& name) {
        if (is_musl()) return name == "libc.so.6";
        return name == "libc.so" || name.starts_with("libc.musl-") || name.starts_with("ld-musl-");
    });
    if (stranger != needed.end()) {
        report({.kind = Kind::other_libc, .name = *stranger, .required_by = file.path(), .library = {}, .searched = {}});
        return true;
    }
    if (!add_needed(*module)) return false;
    if (!m_troubles.empty()) return true;
    for (auto object = *module; !is_musl() && object < m_objects.size(); ++object) {
        if (!check_versions(object)) return false;
    }
    if (!m_troubles.empty() || m_has_unknown) return true;
    for (auto object = *module; object < m_objects.size(); ++object) {
        // The system's own libraries fit one another.
        if (m_objects[object].is_system && object != *module) continue;
        if (!check_symbols(object)) return false;
    }
    return true;
}

std::vector<model::LoaderTrouble> Loader::load(const std::string& module)
{
    const auto file = m_tree->open_file(module);
    if (!file) return {};
    if (!try_load(*file)) {
        forget_module();
        complete_interpreter();
        try_load(*file);
    }
    return m_troubles;
}

void Loader::forget_module()
{
    m_objects.resize(m_interpreter);
    m_files.resize(m_interpreter);
    m_troubles.clear();
    m_trail.clear();
    m_has_unknown = false;
}

} // namespace envfix::capture
