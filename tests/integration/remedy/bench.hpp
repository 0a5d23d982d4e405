#pragma once

#include "base/sha256.hpp"
#include "formats/metadata.hpp"
#include "formats/record.hpp"
#include "model/plan.hpp"
#include "model/snapshot.hpp"
#include "pep/name.hpp"
#include "probe/probe.hpp"
#include "remedy/repair.hpp"
#include "remedy/resolve.hpp"
#include "remedy/store.hpp"
#include "support/temp_folder.hpp"
#include "support/wheelhouse.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

/// Runs a coroutine that starts interpreters and pip: up to a minute.
template <typename T> T wait_for(asio::io_context& io, asio::awaitable<T> work)
{
    std::optional<T> out;
    std::exception_ptr thrown;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr e, T value) {
        thrown = e;
        if (!e) out.emplace(std::move(value));
    });
    io.run_for(std::chrono::minutes(1));
    if (thrown) std::rethrow_exception(thrown);
    if (!out) throw std::runtime_error("still running after a minute");
    return std::move(*out);
}

template <typename T> T wait_for(asio::awaitable<T> work)
{
    asio::io_context io{1};
    return wait_for(io, std::move(work));
}

/// A healthy venv to break, and what a fix of it needs.
struct Bench {
    TempFolder folder;
    std::string venv = wheelhouse::make_healthy_venv(folder / "venv");
    std::string site = wheelhouse::site_of(venv);
    std::string state = folder.folder("state");
    std::vector<envfix::model::RunEvent> events;

    [[nodiscard]] envfix::remedy::Surroundings surroundings() const
    {
        std::filesystem::permissions(state, std::filesystem::perms(0700));
        return {.environment = {"PATH=/usr/bin:/bin", "HOME=" + folder.path(), "LANG=C.UTF-8"},
                .scratch_parent = state,
                .wheels = state + "/wheels"};
    }

    /// The Python that venvs are made with.
    static envfix::model::Interpreter base()
    {
        envfix::model::Snapshot made;
        made.environment.executable = wheelhouse::k_python;
        describe_interpreter(made);
        return made.interpreter;
    }

    /// What a capture would say, as far as remedies read it.
    [[nodiscard]] envfix::model::Snapshot snapshot() const
    {
        using namespace envfix::model;
        Snapshot made;
        made.environment.kind = EnvironmentKind::venv;
        made.environment.path = venv;
        made.environment.executable = venv + "/bin/python";
        describe_interpreter(made);
        describe_site(made, site, PathOrigin::venv_site);
        return made;
    }

    static void describe_interpreter(envfix::model::Snapshot& made)
    {
        static const std::string facts =
            wheelhouse::run({wheelhouse::k_python, "-I", "-c",
                             "import sys, sysconfig; print(*sys.version_info[:2], "
                             "'.'.join(map(str, sys.version_info[:3])), "
                             "sysconfig.get_config_var('SOABI'), sysconfig.get_path('stdlib'))"});
        std::istringstream in(facts);
        auto& python = made.interpreter;
        in >> python.major >> python.minor >> python.version >> python.soabi >> python.stdlib;
        python.executable = made.environment.executable;
        python.implementation = "cpython";
    }

    static void describe_site(envfix::model::Snapshot& made, const std::string& site,
                              envfix::model::PathOrigin origin)
    {
        using namespace envfix;
        model::PathEntry entry;
        entry.path = site;
        entry.origin = origin;
        entry.exists = true;
        made.sys_path.push_back(entry);
        std::vector<std::filesystem::path> folders;
        for (const auto& file : std::filesystem::directory_iterator(site)) {
            if (file.path().extension() == ".dist-info") folders.push_back(file.path());
        }
        std::ranges::sort(folders);
        for (const auto& path : folders) {
            const auto core = formats::parse_core_metadata(wheelhouse::read(path / "METADATA"));
            model::Distribution distribution;
            distribution.name = core.name.value_or("");
            distribution.normalized = pep::normalize_name(distribution.name);
            distribution.version = core.version.value_or("");
            distribution.location = site;
            distribution.metadata_path = path.string();
            distribution.has_record = std::filesystem::exists(path / "RECORD");
            distribution.requires_dist = core.requires_dist;
            made.distributions.push_back(distribution);
        }
    }

    /// A ladder made concrete, with the wheelhouse as the only source.
    [[nodiscard]] std::vector<envfix::model::Rung>
    resolve(std::vector<std::vector<envfix::model::StepTemplate>> ladder,
            envfix::remedy::Store* store = nullptr) const
    {
        envfix::remedy::ResolveRequest request;
        request.snapshot = snapshot();
        request.ladder = std::move(ladder);
        request.settings.no_index = true;
        request.settings.find_links = {wheelhouse::wheels()};
        request.surroundings = surroundings();
        request.interpreters = {base()};
        return wait_for(envfix::remedy::resolve(request, store)).value();
    }

    [[nodiscard]] envfix::remedy::RepairRequest
    request(std::vector<envfix::model::Rung> ladder) const
    {
        envfix::remedy::RepairRequest made;
        made.run = "0123456789ab";
        made.plan.environment_path = venv;
        made.plan.fingerprint = envfix::model::fingerprint(snapshot());
        made.plan.findings = {"broken"};
        made.plan.ladder = std::move(ladder);
        made.plan.digest = envfix::model::plan_digest(made.plan);
        made.proof.links = {
            {.distribution = "cffi", .imports = {"_cffi_backend", "cffi"}, .proof = {}},
            {.distribution = "cryptography", .imports = {"cryptography.fernet"}, .proof = {}},
            {.distribution = "PyJWT",
             .imports = {"jwt", "jwt.algorithms"},
             .proof = "jwt.algorithms.has_crypto"},
            {.distribution = "supabase", .imports = {"supabase"}, .proof = {}},
        };
        made.surroundings = surroundings();
        made.interpreters = {base()};
        return made;
    }

    /// `is_broken` stands for the checks.
    envfix::remedy::RepairPorts ports(std::function<bool()> is_broken)
    {
        using namespace envfix;
        return {.recapture = [this]() -> asio::awaitable<Result<model::Snapshot>> {
                    co_return snapshot();
                },
                .check =
                    [is_broken = std::move(is_broken)](const model::Snapshot&) {
                        model::Findings findings;
                        if (is_broken()) {
                            findings.emplace_back();
                            findings.back().code = "broken";
                        }
                        return findings;
                    },
                .installer_at_work = [](const std::string&) { return std::nullopt; },
                .tell = [this](const model::RunEvent& event) { events.push_back(event); },
                .now_ms = [] { return std::int64_t{1'800'000'000'000}; }};
    }

    /// Every file below the venv and its content, `.envfix` left out.
    [[nodiscard]] std::map<std::string, std::string> bytes() const
    {
        namespace fs = std::filesystem;
        std::map<std::string, std::string> all;
        for (auto it = fs::recursive_directory_iterator(venv);
             it != fs::recursive_directory_iterator(); ++it) {
            if (it->path().filename() == ".envfix") {
                it.disable_recursion_pending();
                continue;
            }
            const auto path = it->path().string();
            if (it->is_symlink()) {
                all[path] = "-> " + fs::read_symlink(it->path()).string();
            } else if (it->is_directory()) {
                all[path] = "folder";
            } else {
                all[path] = envfix::sha256_hex(wheelhouse::read(it->path()));
            }
        }
        return all;
    }

    [[nodiscard]] std::string story() const
    {
        std::string text;
        for (const auto& event : events) {
            text += event.step + ": " + event.text + "\n";
        }
        return text;
    }
};

inline envfix::model::StepTemplate step(envfix::model::StepKind kind,
                                        std::vector<std::string> names = {})
{
    envfix::model::StepTemplate made;
    made.kind = kind;
    made.distributions = std::move(names);
    return made;
}

/// Keeps a distribution as it is now.
inline void keep(envfix::remedy::Store& store, const Bench& bench, const std::string& name)
{
    using namespace envfix;
    const auto snapshot = bench.snapshot();
    for (const auto& distribution : snapshot.distributions) {
        if (distribution.normalized != name) continue;
        const auto folder = std::filesystem::path(distribution.metadata_path).filename().string();
        remedy::KeepRequest keep{.name = name,
                                 .version = distribution.version,
                                 .soabi = snapshot.interpreter.soabi,
                                 .location = bench.site,
                                 .record = folder + "/RECORD",
                                 .files = {}};
        for (const auto& entry :
             formats::parse_record(wheelhouse::read(distribution.metadata_path + "/RECORD"))
                 .entries) {
            keep.files.push_back(
                {.path = entry.path, .sha256 = formats::hex_digest(entry).value_or("")});
        }
        store.keep(keep, 1'800'000'000).value();
    }
}

inline bool stage_is_gone(const Bench& bench)
{
    const auto stage = bench.venv + "/.envfix/stage";
    return !std::filesystem::exists(stage) || std::filesystem::is_empty(stage);
}
