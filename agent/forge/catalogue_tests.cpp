#include <fmt/format.h>

#include <algorithm>

#include "agent/forge/discovery.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

constexpr Mode kModes[] = {Mode::inference, Mode::training};
constexpr Parallelism kParallelisms[] = {Parallelism::single_device, Parallelism::data_parallel,
                                         Parallelism::tensor_parallel};

bool has(const std::vector<Variant>& variants, std::string_view name) {
  return std::ranges::find(variants, name, &Variant::name) != variants.end();
}

template <class Range, class Value>
bool has_one(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != range.end();
}

// Whether tt-xla's validator makes a test with these parameters.
bool is_case(const LlmCase& llm) {
  if (!has_one(llm_shardings(), llm.sharding) || !has_one(llm_meshes(), llm.mesh)) return false;
  if (llm.phase == "llm_decode") return llm.length == 1 && llm.batch == 1;
  return has_one(llm_prefill_lengths(), llm.length) && has_one(llm_prefill_batches(), llm.batch);
}

const std::vector<Variant>& variants_for(const Loader& loader, const TestId& id) {
  return id.llm && id.llm->phase == "llm_prefill" ? loader.prefill : loader.variants;
}

void visit_llm(const Loader& loader, const Variant& variant, LlmCase llm,
               const std::function<void(const TestId&)>& visit) {
  for (const std::string_view sharding : llm_shardings())
    for (const std::string_view mesh : llm_meshes())
      for (const Mode mode : kModes) {
        llm.sharding = sharding;
        llm.mesh = mesh;
        if (!why_skipped(llm, mode).empty()) continue;
        const Parallelism parallelism =
            sharding == "single_device" ? Parallelism::single_device : Parallelism::tensor_parallel;
        visit({.loader = loader.path,
               .variant = variant.name,
               .framework = Framework::torch_llm,
               .parallelism = parallelism,
               .mode = mode,
               .llm = llm});
      }
}

std::vector<std::string> names_of(const std::vector<Variant>& variants) {
  std::vector<std::string> out;
  for (const Variant& variant : variants) out.push_back(variant.name);
  return out;
}

// The candidate with the fewest letters to change, if any is near.
std::optional<std::string> nearest_name(const std::string& name, const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t least = name.size() / 3 + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > name.size() + least || name.size() > candidate.size() + least) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < least) best = candidate, least = distance;
  }
  return best;
}

}  // namespace

std::optional<bool> offers(const Catalogue& catalogue, const TestId& id) {
  const Loader* loader = catalogue.find(id.loader);
  if (loader == nullptr) return false;
  if (!loader->read) return std::nullopt;
  if (id.llm && (!is_case(*id.llm) || (id.llm->phase == "llm_decode" && !loader->decodes))) return false;
  return has(variants_for(*loader, id), id.variant);
}

std::string_view why_skipped(const LlmCase& llm, Mode mode) {
  const bool strategy = llm.sharding.starts_with("fsdp") || llm.sharding.starts_with("megatron");
  const bool mesh = llm.mesh != "mesh_default";
  if (!strategy && mesh) return "a mesh needs a sharding strategy";
  if (llm.phase == "llm_decode") {
    if (mode == Mode::training) return "training runs on whole prompts only";
    return strategy ? "single tokens run with the default sharding only" : "";
  }
  if (!strategy) return llm.sharding == "tensor_parallel" ? "prompts need a sharding strategy on several devices" : "";
  if (!mesh) return "a sharding strategy needs a mesh";
  const bool flat = llm.mesh == "mesh_1x4" || llm.mesh == "mesh_1x8";
  return flat && llm.sharding != "megatron-no_dp-tensor_parallel" ? "on a flat mesh only megatron-no_dp is kept" : "";
}

void for_each_test(const Loader& loader, const std::function<void(const TestId&)>& visit) {
  for (const Variant& variant : loader.variants)
    for (const Parallelism parallelism : kParallelisms)
      for (const Mode mode : kModes)
        visit({.loader = loader.path,
               .variant = variant.name,
               .framework = loader.framework,
               .parallelism = parallelism,
               .mode = mode});
  if (loader.decodes)
    for (const Variant& variant : loader.variants) visit_llm(loader, variant, {.phase = "llm_decode"}, visit);
  for (const Variant& variant : loader.prefill)
    for (const int length : llm_prefill_lengths())
      for (const int batch : llm_prefill_batches())
        visit_llm(loader, variant, {.phase = "llm_prefill", .length = length, .batch = batch}, visit);
}

std::size_t validator_count(const Catalogue& catalogue) {
  const std::size_t spread = llm_shardings().size() * llm_meshes().size() * std::size(kModes);
  const std::size_t prompts = llm_prefill_lengths().size() * llm_prefill_batches().size();
  std::size_t out = 0;
  for (const Loader& loader : catalogue.loaders) {
    out += loader.variants.size() * std::size(kParallelisms) * std::size(kModes);
    if (loader.decodes) out += loader.variants.size() * spread;
    out += loader.prefill.size() * prompts * spread;
  }
  return out;
}

std::optional<std::string> nearest_test(const Catalogue& catalogue, const TestId& id) {
  TestId near = id;
  const Loader* loader = catalogue.find(id.loader);
  if (loader == nullptr) {
    std::vector<std::string> paths;
    for (const Loader& one : catalogue.loaders) paths.push_back(one.path);
    const auto path = nearest_name(id.loader, paths);
    if (!path) return std::nullopt;
    near.loader = *path;
    loader = catalogue.find(*path);
  }
  if (!loader->read) return std::nullopt;
  const std::vector<Variant>& variants = variants_for(*loader, id);
  if (!has(variants, id.variant)) {
    const auto variant = nearest_name(id.variant, names_of(variants));
    if (!variant && variants.size() != 1) return std::nullopt;
    near.variant = variant ? *variant : variants.front().name;
  }
  if (near.llm && near.llm->phase == "llm_decode") near.llm->length = near.llm->batch = 1;
  return offers(catalogue, near) == true ? std::optional(to_string(near)) : std::nullopt;
}

}  // namespace adapt::forge
