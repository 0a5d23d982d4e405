#include "capture/known_libraries.hpp"

#include "capture/loader.hpp"
#include "formats/library_search.hpp"

#include <algorithm>
#include <optional>

namespace envfix::capture {

namespace {

constexpr std::size_t k_most_known = 20'000;
constexpr std::size_t k_most_marks = 128;

/// One that the loader would open and map: others are told of by their headers.
bool is_loadable(const model::BinaryFile& file, const model::Interpreter& interpreter)
{
    return file.format == model::BinaryFile::Format::elf && file.suffix_accepted && file.size >= file.least_size &&
           file.machine == interpreter.elf_machine && file.elf_class == interpreter.elf_class;
}

template <typename Visit> void visit_binaries(model::Snapshot& snapshot, Visit visit)
{
    for (auto& link : snapshot.links) {
        for (auto* modules : {&link.imports, &link.extensions}) {
            for (auto& module : *modules) {
                if (module.binary && is_loadable(*module.binary, snapshot.interpreter)) visit(*module.binary);
            }
        }
    }
}

} // namespace

KnownLibraries::Mark KnownLibraries::mark_of(const fs::Tree& tree, const std::string& path)
{
    const auto status = tree.stat(path);
    if (!status) return std::nullopt;
    return FileMark::of(*status);
}

bool KnownLibraries::is_unchanged(const fs::Tree& tree, const Known& known)
{
    return std::ranges::all_of(known.marks, [&](const auto& entry) { return mark_of(tree, entry.first) == entry.second; });
}

void KnownLibraries::look(const fs::Tree& tree, const std::vector<std::string>& library_path, model::Snapshot& snapshot,
                          std::int64_t now_ns)
{
    const auto& interpreter = snapshot.interpreter;
    if (interpreter.real_path.empty() || interpreter.elf_machine == 0) return;
    auto setting = interpreter.real_path + '\0';
    for (const auto& folder : library_path) setting += folder + '\0';
    std::optional<Result<Loader>> loader; // not before something is new
    visit_binaries(snapshot, [&](model::BinaryFile& binary) {
        const auto key = setting + '\0' + binary.path;
        const auto known = m_known.find(key);
        if (known != m_known.end() && is_unchanged(tree, known->second)) {
            binary.loader = known->second.troubles;
            known->second.is_used = true;
            return;
        }
        if (!loader) loader.emplace(Loader::open(tree, interpreter, library_path));
        if (!*loader) return;
        binary.loader = (*loader)->load(binary.path);
        Known learnt{.marks = {}, .troubles = binary.loader, .is_used = true};
        for (const auto& path : (*loader)->trail()) learnt.marks.emplace_back(path, mark_of(tree, path));
        const bool racy = std::ranges::any_of(learnt.marks, [&](const auto& entry) {
            return entry.second && entry.second->is_recent(now_ns);
        });
        if (racy || learnt.marks.size() > k_most_marks) {
            if (known != m_known.end()) m_known.erase(known);
            return;
        }
        if (m_known.size() >= k_most_known) m_known.clear();
        m_known.insert_or_assign(key, std::move(learnt));
        m_changed = true;
    });
}

std::vector<model::LoaderTrouble> library_troubles(const fs::Tree& tree, const model::Interpreter& interpreter,
                                                   const std::vector<std::string>& library_path, const std::string& module)
{
    auto loader = Loader::open(tree, interpreter, library_path);
    return loader ? loader->load(module) : std::vector<model::LoaderTrouble>{};
}

bool needs_libraries(const model::Snapshot& snapshot)
{
    const bool musl = snapshot.interpreter.libc == model::Libc::musl;
    const auto has_others = [&](const model::ModuleFile& module) {
        if (!module.binary) return false;
        return !module.binary->loader.empty() || std::ranges::any_of(module.binary->needed, [&](const std::string& name) {
            return !formats::is_c_library(name, musl);
        });
    };
    return std::ranges::any_of(snapshot.links, [&](const model::LinkState& link) {
        return std::ranges::any_of(link.imports, has_others) || std::ranges::any_of(link.extensions, has_others);
    });
}

} // namespace envfix::capture
