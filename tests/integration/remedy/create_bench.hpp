#pragma once

#include "bench.hpp"
#include "remedy/create.hpp"
#include "remedy/transaction.hpp"

#include <fstream>

/// A project without an environment, and what making one needs.
struct Project {
    TempFolder folder;
    std::string path = folder.folder("app");
    std::string venv = path + "/.venv";
    std::string state = folder.folder("state");
    std::vector<std::string> requirements{"supabase", "cffi>=1"};
    std::vector<envfix::model::RunEvent> events;

    [[nodiscard]] envfix::remedy::Surroundings surroundings() const
    {
        std::filesystem::permissions(state, std::filesystem::perms(0700));
        return {.environment = {"PATH=/usr/bin:/bin", "HOME=" + folder.path(), "LANG=C.UTF-8"},
                .scratch_parent = state,
                .wheels = state + "/wheels"};
    }

    /// The project as long as it has no environment, then its venv.
    [[nodiscard]] envfix::model::Snapshot snapshot() const
    {
        envfix::model::Snapshot made;
        const bool has_one = std::filesystem::exists(venv + "/pyvenv.cfg");
        made.environment.kind = has_one ? envfix::model::EnvironmentKind::venv
                                        : envfix::model::EnvironmentKind::project;
        made.environment.path = has_one ? venv : path;
        made.environment.executable = has_one ? venv + "/bin/python" : wheelhouse::k_python;
        made.environment.project = path;
        if (!has_one) made.requirements = requirements;
        Bench::describe_interpreter(made);
        if (has_one)
            Bench::describe_site(made, wheelhouse::site_of(venv),
                                 envfix::model::PathOrigin::venv_site);
        return made;
    }

    [[nodiscard]] envfix::model::Rung resolve(const std::vector<std::string>& pythons = {"3.99",
                                                                                         "3"}) const
    {
        auto create = step(envfix::model::StepKind::venv_create);
        create.pythons = pythons;
        envfix::remedy::ResolveRequest request;
        request.snapshot = snapshot();
        request.ladder = {{create}};
        request.settings.no_index = true;
        request.settings.find_links = {wheelhouse::wheels()};
        request.surroundings = surroundings();
        request.interpreters = {Bench::base()};
        return wait_for(envfix::remedy::resolve(request, nullptr)).value().at(0);
    }

    [[nodiscard]] envfix::remedy::RepairRequest request(const envfix::model::Rung& rung) const
    {
        envfix::remedy::RepairRequest made;
        made.run = "0123456789ab";
        made.plan.environment_path = path;
        made.plan.fingerprint = envfix::model::fingerprint(snapshot());
        made.plan.findings = {"package-not-installed"};
        made.plan.ladder = {rung};
        made.plan.digest = envfix::model::plan_digest(made.plan);
        // What the Python that is on the search path has is no matter of the new venv.
        made.proof.links = {{.distribution = "elsewhere", .imports = {"elsewhere"}, .proof = {}}};
        made.chain.links = {{.distribution = "cffi", .imports = {"cffi"}},
                            {.distribution = "supabase", .imports = {"supabase"}}};
        made.surroundings = surroundings();
        made.interpreters = {Bench::base()};
        return made;
    }

    envfix::remedy::RepairPorts ports(std::function<bool()> is_broken)
    {
        return {.recapture = [this]() -> asio::awaitable<envfix::Result<envfix::model::Snapshot>> {
                    co_return snapshot();
                },
                .check =
                    [is_broken = std::move(is_broken)](const envfix::model::Snapshot&) {
                        envfix::model::Findings findings;
                        if (is_broken()) findings.push_back({.code = "package-not-installed"});
                        return findings;
                    },
                .installer_at_work = [](const std::string&) { return std::nullopt; },
                .tell = [this](const envfix::model::RunEvent& event) { events.push_back(event); },
                .now_ms = [] { return std::int64_t{1'800'000'000'000}; }};
    }

    envfix::Result<envfix::remedy::RepairEnd>
    try_repair(const envfix::remedy::RepairRequest& request, std::function<bool()> is_broken)
    {
        auto log = envfix::remedy::TransactionLog::open(state).value();
        return wait_for(
            envfix::remedy::repair(request, ports(std::move(is_broken)), &log, nullptr));
    }

    envfix::remedy::RepairEnd repair(const envfix::remedy::RepairRequest& request,
                                     std::function<bool()> is_broken)
    {
        return try_repair(request, std::move(is_broken)).value();
    }

    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(path))
            all.push_back(entry.path().filename().string());
        std::ranges::sort(all);
        return all;
    }

    [[nodiscard]] std::string story() const
    {
        std::string text;
        for (const auto& event : events)
            text += event.step + ": " + event.text + "\n";
        return text;
    }
};
