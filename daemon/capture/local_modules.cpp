// `python SCRIPT` puts the script's folder first on the path, `python -m`, `python -c` and most
// servers the folder that they are started in. In the project's own folder either is likely; below
// it only a file that is meant to be started says so.
#include "capture/local_modules.hpp"

#include "capture/folder_view.hpp"
#include "capture/modules.hpp"
#include "capture/project.hpp"
#include "pep/name.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace envfix::capture {

namespace {

constexpr std::size_t k_program_cap = 64UL * 1024;
constexpr std::size_t k_most_programs = 64;
constexpr std::size_t k_most_found = 32;

struct Program {
    std::string path;
    ProgramText text;
};

bool has_candidate(const ProjectFolder& folder, const std::string& module)
{
    const auto found = std::ranges::lower_bound(folder.entries, module, {}, &fs::Entry::name);
    for (auto entry = found; entry != folder.entries.end() && entry->name.starts_with(module);
         ++entry) {
        if (entry->name.size() == module.size() || entry->name[module.size()] == '.') return true;
    }
    return false;
}

std::vector<Program> programs_in(Looked& looked, const ProjectFolder& folder,
                                 const std::vector<std::string>& modules)
{
    std::vector<Program> programs;
    for (const auto& entry : folder.entries) {
        if (!entry.name.ends_with(".py") || entry.name == "__init__.py" ||
            programs.size() == k_most_programs)
            continue;
        auto path = folder.path + "/" + entry.name;
        const auto text = looked.read(path, k_program_cap);
        if (text) programs.push_back({std::move(path), read_program_text(*text, modules)});
    }
    return programs;
}

bool imports(const Program& program, const std::string& module)
{
    return std::ranges::binary_search(program.text.imports, module);
}

/// The program in this folder that would take the module from it; nothing where none is likely to
/// be started here.
std::optional<std::string> taken_by(const ProjectFolder& folder,
                                    const std::vector<Program>& programs, const std::string& module)
{
    std::string importing;
    bool started_here = folder.depth == 0;
    bool certain = false;
    for (const auto& program : programs) {
        const bool asks = imports(program, module);
        if (asks && importing.empty()) importing = program.path;
        if (program.text.is_program) started_here = true;
        if (asks && program.text.is_program) certain = true;
    }
    // The files of a package are imported under its name, unless one of them is a program as well.
    if (folder.has("__init__.py") && !certain) return std::nullopt;
    if (!started_here) return std::nullopt;
    return importing;
}

/// Modules of the project that is being looked at, which is then no stranger's.
std::vector<std::string> own_modules(const fs::Tree& tree, const std::string& project,
                                     const model::Chain& chain)
{
    std::vector<std::string> own;
    const auto name = project_name(tree, project);
    if (name.empty()) return own;
    for (const auto& link : chain.links) {
        if (pep::normalize_name(link.distribution) != name) continue;
        for (const auto* modules : {&link.imports, &link.extensions}) {
            for (const auto& module : *modules)
                own.push_back(module.substr(0, module.find('.')));
        }
    }
    return own;
}

} // namespace

std::vector<std::string> top_modules(const model::Chain& chain)
{
    std::vector<std::string> modules;
    for (const auto& link : chain.links) {
        for (const auto* list : {&link.imports, &link.extensions}) {
            for (const auto& module : *list)
                modules.push_back(module.substr(0, module.find('.')));
        }
    }
    std::ranges::sort(modules);
    const auto doubled = std::ranges::unique(modules);
    modules.erase(doubled.begin(), doubled.end());
    return modules;
}

std::vector<model::LocalModule> find_local_modules(Looked& looked,
                                                   const std::vector<ProjectFolder>& folders,
                                                   const model::Environment& environment,
                                                   const model::Interpreter& interpreter,
                                                   const model::Chain& chain)
{
    std::vector<model::LocalModule> found;
    const auto modules = top_modules(chain);
    std::optional<std::vector<std::string>> own;
    for (const auto& folder : folders) {
        std::optional<std::vector<Program>> programs;
        for (const auto& module : modules) {
            if (!has_candidate(folder, module)) continue;
            if (!own) own = own_modules(looked.tree(), environment.project, chain);
            if (std::ranges::find(*own, module) != own->end()) continue;
            const FolderViews view(looked.tree(), {folder.path});
            auto file = find_module_file(looked.tree(), view, interpreter, module);
            if (file.kind == model::ModuleKind::absent) continue;
            if (!programs) programs = programs_in(looked, folder, modules);
            auto importing = taken_by(folder, *programs, module);
            if (!importing) continue;
            found.push_back({.module = module,
                             .kind = file.kind,
                             .path = std::move(file.path),
                             .folder = folder.path,
                             .imported_by = *std::move(importing)});
            if (found.size() == k_most_found) return found;
        }
    }
    return found;
}

} // namespace envfix::capture
