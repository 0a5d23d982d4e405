#include "capture/modules.hpp"

#include "capture/binary.hpp"
#include "formats/extension_suffix.hpp"

#include <algorithm>
#include <span>

namespace envfix::capture {

namespace {

constexpr std::size_t k_most_unaccepted = 16;
constexpr std::size_t k_most_shadowed = 16;

model::ModuleKind kind_of(const formats::FoundModule& found)
{
    switch (found.kind) {
    case formats::ModuleKind::extension: return model::ModuleKind::extension;
    case formats::ModuleKind::source:
        return found.is_package ? model::ModuleKind::package : model::ModuleKind::source;
    case formats::ModuleKind::bytecode: return model::ModuleKind::bytecode;
    case formats::ModuleKind::namespace_package: return model::ModuleKind::namespace_package;
    }
    return model::ModuleKind::absent;
}

std::string leaf_of(const std::string& module)
{
    return module.substr(module.rfind('.') + 1);
}


std::string suffix_in(const std::string& path, const std::string& leaf)
{
    const auto name = path.substr(path.rfind('/') + 1);
    return name.size() > leaf.size() ? name.substr(leaf.size()) : std::string{};
}

/// Compiled files of the module `leaf` in one folder that no suffix of the interpreter takes.
void collect_unaccepted(const fs::Tree& tree, const FolderView& folder, const Recall& recall,
                        const model::Interpreter& interpreter, const std::string& leaf,
                        std::vector<model::BinaryFile>& out)
{
    const auto& entries = folder.entries();
    const auto prefix = leaf + ".";
    for (auto entry = std::ranges::lower_bound(entries, prefix, {}, &fs::Entry::name);
         entry != entries.end() && entry->name.starts_with(prefix) && out.size() < k_most_unaccepted; ++entry) {
        const auto tag = formats::parse_extension_name(entry->name);
        if (!tag || tag->module != leaf) continue;
        if (formats::match_extension(entry->name, leaf, interpreter.extension_suffixes)) continue;
        auto binary = read_binary(tree, folder.directory().path() + "/" + entry->name, recall);
        binary.suffix = entry->name.substr(leaf.size());
        out.push_back(std::move(binary));
    }
}

/// The folders in which a file of `module` may lie.
void visit_parents(const FolderViews& folders, const model::Interpreter& interpreter, const std::string& module,
                   const auto& visit)
{
    const auto dot = module.rfind('.');
    if (dot == std::string::npos) {
        for (const auto& view : folders.views()) {
            if (view) visit(*view);
        }
        return;
    }
    const auto pointers = folders.pointers();
    const auto parent = formats::find_module(pointers, module.substr(0, dot), interpreter.extension_suffixes);
    if (!parent) return;
    for (const auto& place : parent->search) {
        const auto& view = folders.views()[place.entry];
        if (!view) continue;
        auto directory = view->directory().directory(place.path);
        if (directory) visit(FolderView(*std::move(directory)));
    }
}

} // namespace

model::ModuleFile find_module_file(const fs::Tree& tree, const FolderViews& folders,
                                   const model::Interpreter& interpreter, const std::string& module)
{
    model::ModuleFile file{.module = module};
    const auto pointers = folders.pointers();
    const auto leaf = leaf_of(module);
    const std::span all(pointers);
    const auto found = formats::find_module(all, module, interpreter.extension_suffixes);
    if (found) {
        file.kind = kind_of(*found);
        file.location = folders.paths()[found->file.entry];
        file.path = folders.path_of(found->file);
        if (file.kind == model::ModuleKind::extension) {
            file.binary = read_binary(tree, file.path, folders.recall());
            file.binary->suffix = suffix_in(file.path, leaf);
            file.binary->suffix_accepted = true;
        }
        // What lies further down the path is hidden, unless all are parts of one namespace.
        std::size_t next = found->file.entry + 1;
        while (file.kind != model::ModuleKind::namespace_package && next < all.size() &&
               file.shadowed.size() < k_most_shadowed) {
            const auto hidden = formats::find_module(all.subspan(next), module, interpreter.extension_suffixes);
            if (!hidden || hidden->kind == formats::ModuleKind::namespace_package) break;
            const auto entry = next + hidden->file.entry;
            file.shadowed.push_back(folders.path_of({entry, hidden->file.path}));
            next = entry + 1;
        }
    }
    const bool compiled_is_lost = !found || file.kind == model::ModuleKind::namespace_package;
    if (compiled_is_lost) {
        visit_parents(folders, interpreter, module, [&](const FolderView& folder) {
            collect_unaccepted(tree, folder, folders.recall(), interpreter, leaf, file.unaccepted);
        });
    }
    return file;
}

} // namespace envfix::capture
