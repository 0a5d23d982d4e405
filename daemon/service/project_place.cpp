#include "service/project_place.hpp"

#include "inventory/inventory.hpp"
#include "inventory/names.hpp"
#include "remedy/create.hpp"
#include "service/base_interpreters.hpp"

#include <utility>

namespace envfix::service {

using model::EnvironmentKind;

model::Environment as_it_lies(World& world, const model::Environment& environment)
{
    return as_it_lies(world.tree, places_of(world), environment, [&world] {
        const auto bases = base_interpreters(world);
        return bases.empty() ? std::string{} : bases.front().executable;
    });
}

model::Environment as_it_lies(const fs::Tree& tree, const inventory::Places& places, const model::Environment& environment,
                              const std::function<std::string()>& first_python)
{
    if (environment.kind != EnvironmentKind::project) return environment;
    const auto venv = inventory::join(environment.path, remedy::k_project_venv);
    if (tree.lstat(inventory::join(venv, "pyvenv.cfg"))) {
        auto made = inventory::locate(tree, venv, places);
        if (made && made->size() == 1 && made->front().kind == EnvironmentKind::venv) return std::move(made->front());
    }
    auto judged = environment;
    judged.executable = inventory::python_on_path(tree, places, environment.path).value_or("");
    // A venv on the search path of the session is somebody's for another purpose.
    const auto prefix = inventory::parent(inventory::parent(judged.executable));
    const bool in_venv = !judged.executable.empty() && tree.exists(inventory::join(prefix, "pyvenv.cfg"));
    if (!judged.executable.empty() && !in_venv) return judged;
    judged.executable = first_python();
    return judged;
}

std::string other_id_of(const model::Environment& environment)
{
    if (environment.kind == EnvironmentKind::project)
        return model::environment_id(EnvironmentKind::venv, inventory::join(environment.path, remedy::k_project_venv));
    const bool as_fixes_do = environment.kind == EnvironmentKind::venv && inventory::last_name(environment.path) == remedy::k_project_venv;
    return as_fixes_do ? model::environment_id(EnvironmentKind::project, inventory::parent(environment.path)) : std::string{};
}

model::Environment project_at(const std::string& folder)
{
    return inventory::make_environment(EnvironmentKind::project, folder, {}, folder);
}

} // namespace envfix::service
