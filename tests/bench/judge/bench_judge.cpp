// bench_judge ENVIRONMENT ROUNDS [FILE]: judges it again and again, as the daemon does after an event, and prints the microseconds
// of the median round. FILE is replaced by a copy of itself before each round, as by an installer; without it nothing changes.
#include "app/chains.hpp"
#include "app/known_judgements.hpp"
#include "inventory/inventory.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

int main(int argc, char** argv)
{
    using namespace envfix;
    if (argc != 3 && argc != 4) return 2;
    const auto tree = fs::Tree::open();
    const auto found = tree ? inventory::locate(*tree, argv[1], {})
                            : Result<std::vector<model::Environment>>(fail(tree.error()));
    if (!found || found->empty()) {
        std::fprintf(stderr, "bench_judge: no environment at %s\n", argv[1]);
        return 1;
    }
    const auto chains = app::load_chains(*tree, {});
    capture::HashCache hashes;
    capture::KnownInterpreters interpreters;
    capture::KnownLibraries libraries;
    capture::Memory memory;
    capture::KnownPlaces places;
    app::KnownJudgements judgements;
    std::vector<double> times;
    for (int left = std::atoi(argv[2]); left >= 0; --left) {
        if (argc == 4) {
            const std::string copy = std::string(argv[3]) + ".new";
            std::filesystem::copy_file(argv[3], copy);
            std::filesystem::rename(copy, argv[3]);
        }
        using Clock = std::chrono::steady_clock;
        const auto wall = std::chrono::system_clock::now().time_since_epoch();
        const capture::Options options{.home = "/nonexistent",
                                       .now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count(),
                                       .interpreters = &interpreters,
                                       .libraries = &libraries,
                                       .memory = &memory,
                                       .places = &places};
        const auto begun = Clock::now();
        const auto judged = judgements.judge(*tree, found->front(), chains.chain, hashes, options);
        const std::chrono::duration<double, std::micro> took = Clock::now() - begun;
        times.push_back(took.count());
        if (judged.report.state != model::EnvironmentState::healthy) {
            std::fprintf(stderr, "bench_judge: the environment is not healthy\n");
            return 1;
        }
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    std::printf("%.1f\n", *middle);
}
