#include "harness/judge/patch_rules.h"

#include <array>
#include <utility>

namespace adapt::judge {
namespace {

constexpr Severity kRefuse = Severity::refuse;
constexpr Severity kConcede = Severity::concession;
constexpr Rule kAllowed{"", kConcede, ""};

constexpr std::array kNames = {
    WordRule{kAllowed,
             "os.path.join os.path.basename sys.maxsize sys.float_info sys.version_info torch._check "
             "torch._check_is_size torch.utils.checkpoint"},
    WordRule{
        {"traced-branch", kConcede, "the model behaves differently while it is captured; only that branch is proved"},
        "torch.compiler.is_compiling torch.compiler.is_exporting torch.compiler.is_dynamo_compiling "
        "torch._dynamo.is_compiling torch._utils.is_compiling torch.jit.is_tracing torch.jit.is_scripting "
        "torch.onnx.is_in_onnx_export"},
    WordRule{
        {"compiler-off", kRefuse, "takes code away from the compiler or hides that it failed"},
        "torch.compiler torch._dynamo torch._inductor torch._export torch._functorch torch.compile torch.jit torch.fx "
        "torch.onnx torch.overrides torch._C torch.utils._python_dispatch torch.library torch.ops.load_library "
        "torch.classes torch.utils.cpp_extension torch.utils.benchmark"},
    WordRule{{"torch-files", kRefuse, "reads or writes files or fetches models"},
             "torch.load torch.save torch.hub torch.package torch.from_file torch.serialization torch.multiprocessing "
             "torch.distributed torch.utils.data torch.utils.model_zoo safetensors huggingface_hub joblib h5py"},
    WordRule{{"global-setting", kRefuse, "changes settings of the whole process"},
             "torch.manual_seed torch.seed torch.random torch.set_default_dtype torch.set_default_device "
             "torch.set_num_threads torch.set_float32_matmul_precision torch.set_printoptions torch.backends "
             "torch.use_deterministic_algorithms torch.set_grad_enabled.__class__ torch.nn.modules.module "
             "torch.utils.set_module torch.utils.swap_tensors"},
    WordRule{{"reduced-precision", kConcede, "computes in lower precision than the model"},
             "torch.autocast torch.amp torch.cpu.amp torch.cuda.amp torch.half torch.float16 torch.bfloat16 "
             "torch.float8_e4m3fn torch.float8_e5m2 torch.quantize_per_tensor torch.quantization torch.ao"},
    WordRule{{"hidden-nan", kConcede, "replaces undefined values by numbers"},
             "torch.nan_to_num torch.nansum torch.nanmean"},
    WordRule{{"random-values", kConcede, "draws random numbers"},
             "torch.rand torch.randn torch.randint torch.rand_like torch.randn_like torch.randint_like torch.randperm "
             "torch.normal torch.bernoulli torch.multinomial torch.Generator random secrets"},
    WordRule{{"cached-results", kConcede, "keeps results between calls"},
             "functools.lru_cache functools.cache functools.cached_property"},
    WordRule{{"host-library", kConcede, "computes outside torch, on the host"},
             "numpy scipy sklearn pandas cv2 PIL numba cupy jax tensorflow"},
    WordRule{{"swallowed-exception", kRefuse, "lets a failure pass for success"},
             "contextlib.suppress contextlib.ExitStack sys.excepthook warnings.catch_warnings"},
    WordRule{{"dynamic-access", kRefuse, "reaches names that cannot be read from the text"},
             "importlib builtins runpy pkgutil zipimport imp code codeop types.CodeType types.FunctionType "
             "types.ModuleType operator.attrgetter operator.methodcaller ast dis unittest.mock timeit "
             "pdb bdb trace doctest cProfile typing.get_type_hints typing.ForwardRef"},
    WordRule{{"stack-games", kRefuse, "looks at the frames or objects of its caller"},
             "inspect gc traceback linecache weakref tracemalloc faulthandler sys"},
    WordRule{
        {"outside-world", kRefuse, "reaches files, processes, the network or the environment"},
        "os io posix socket subprocess ctypes cffi multiprocessing threading _thread concurrent asyncio signal atexit "
        "mmap tempfile shutil pathlib glob urllib http requests ssl select fcntl pty resource sched site "
        "sitecustomize usercustomize platform pickle marshal shelve sqlite3 csv json zipfile tarfile gzip time "
        "datetime uuid getpass pwd webbrowser logging.FileHandler logging.config logging.handlers"},
    WordRule{{"hidden-data", kRefuse, "unpacks data from text"},
             "base64 binascii zlib bz2 lzma struct codecs array hashlib"},
};

constexpr std::array kAttributes = {
    WordRule{{"dynamic-access", kRefuse, "reaches a module through another one that imported it"},
             "os sys subprocess socket ctypes importlib builtins inspect gc threading"},
    WordRule{{"memo-key", kRefuse, "tells inputs apart by where they lie, not by what they hold"},
             "data_ptr untyped_storage storage storage_offset _version _cdata"},
    WordRule{
        {"stack-games", kRefuse, "looks at the frames or objects of its caller"},
        "_getframe f_back f_locals f_globals f_code tb_frame gi_frame cr_frame currentframe get_objects get_referrers"},
    WordRule{{"compiler-off", kRefuse, "takes code away from the compiler or hides that it failed"},
             "suppress_errors set_stance force_eager disallow_in_graph graph_break allow_in_graph"},
    WordRule{{"outside-world", kRefuse, "reaches files, processes, the network or the environment"},
             "environ _exit tofile fromfile read_text write_text read_bytes write_bytes from_file share_memory_"},
    WordRule{{"loads-weights", kRefuse, "loads other weights or another model"},
             "from_pretrained load_state_dict load_adapter load_weights from_single_file"},
    WordRule{{"host-detour", kRefuse, "leaves torch in the middle of the model"}, "numpy __array__ __dlpack__"},
    WordRule{{"host-device", kConcede, "moves work to the host"}, "cpu"},
    WordRule{{"reduced-precision", kConcede, "computes in lower precision than the model"}, "half bfloat16"},
    WordRule{{"hidden-nan", kConcede, "replaces undefined values by numbers"}, "nan_to_num nan_to_num_"},
    WordRule{{"random-values", kConcede, "draws random numbers"},
             "normal_ uniform_ random_ bernoulli_ exponential_ multinomial"},
    WordRule{{"hooks", kConcede, "changes modules from outside their forward"},
             "register_forward_hook register_forward_pre_hook register_full_backward_hook "
             "register_load_state_dict_post_hook"},
    WordRule{{"weights-written", kConcede, "writes into parameters around autograd"}, "data"},
    WordRule{
        {"traced-branch", kConcede, "the model behaves differently while it is captured; only that branch is proved"},
        "is_compiling is_exporting is_tracing is_scripting is_dynamo_compiling is_torchdynamo_compiling "
        "is_torchdynamo_exporting is_jit_tracing is_fx_tracing is_torch_fx_proxy is_in_onnx_export"},
};

constexpr std::array kBuiltins = {
    WordRule{{"dynamic-access", kRefuse, "reaches names that cannot be read from the text"},
             "exec eval compile __import__ globals locals vars __builtins__ __loader__ __spec__ breakpoint"},
    WordRule{{"outside-world", kRefuse, "reaches files, processes, the network or the environment"},
             "open input exit quit"},
    WordRule{{"memo-key", kRefuse, "tells inputs apart by where they lie, not by what they hold"},
             "id hash memoryview"},
};

constexpr std::array kDefinitions = {
    WordRule{
        {"overloaded", kRefuse, "changes how torch or a comparison sees an object"},
        "__torch_function__ __torch_dispatch__ __eq__ __ne__ __bool__ __array__ __reduce__ __reduce_ex__ __getstate__ "
        "__setstate__ __getattribute__ __getattr__ __setattr__ __instancecheck__ __del__ __hash__ __class_getitem__ "
        "__init_subclass__ __set_name__"},
    WordRule{{"swallowed-exception", kRefuse, "lets a failure pass for success"}, "__exit__ __aexit__"},
};

}  // namespace

namespace rules {
const Rule kSyntax{"syntax", kRefuse, "does not parse"};
const Rule kCoding{"hidden-text", kRefuse, "declares an encoding under which the text means something else"};
const Rule kUnicodeName{"hidden-text", kRefuse, "a name that Python reads as another one"};
const Rule kShadowFile{"shadow-file", kRefuse, "a file of this name would stand in for a package or a start-up hook"};
const Rule kNewFile{"new-file", kConcede, "a file that the model did not have"};
const Rule kWildcardImport{"wildcard-import", kRefuse, "binds names that cannot be read from the text"};
const Rule kSelfImport{"self-import", kRefuse, "imports the module that it replaces"};
const Rule kNewImport{"new-import", kConcede, "depends on a module that the model did not use"};
const Rule kModuleAsValue{"dynamic-access", kRefuse,
                          "hands a module on as a value, so that its names cannot be followed"};
const Rule kHandler{"swallowed-exception", kRefuse, "catches what the model or the compiler raises and goes on"};
const Rule kFinallyLeaves{"swallowed-exception", kRefuse, "leaves a finally block early, which drops the exception"};
const Rule kDynamicName{"dynamic-access", kRefuse, "builds the name of what it reaches at run time"};
const Rule kForeignSetattr{"monkey-patch", kRefuse, "sets an attribute of something other than the module itself"};
const Rule kMonkeyPatch{"monkey-patch", kRefuse, "replaces a part of torch or of the machinery that judges"};
const Rule kPackagePatch{"package-patch", kConcede, "replaces a function of another module"};
const Rule kDunder{"dynamic-access", kRefuse, "reaches the inside of Python objects"};
const Rule kBigLiteral{"hidden-data", kRefuse, "a large array of literal numbers"};
const Rule kLongString{"hidden-data", kRefuse, "a long string literal that is not documentation"};
const Rule kHostDevice{"host-device", kConcede, "moves work to the host"};
const Rule kGlobalState{"global-state", kConcede, "keeps state between calls"};
}  // namespace rules

std::span<const WordRule> name_rules() { return kNames; }
std::span<const WordRule> attribute_rules() { return kAttributes; }
std::span<const WordRule> builtin_rules() { return kBuiltins; }
std::span<const WordRule> definition_rules() { return kDefinitions; }

bool holds_word(std::string_view words, std::string_view word) {
  for (std::size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
  }
  return false;
}

bool is_protected_package(std::string_view root) {
  return holds_word(
      "torch numpy scipy builtins os sys io safetensors onnx onnxruntime onnxscript openvino iree executorch "
      "torch_xla transformers diffusers timm adapt_harness sitecustomize usercustomize conftest setup math "
      "functools contextlib warnings logging json pickle",
      root);
}

bool is_plain_import(std::string_view dotted) {
  const std::string_view root = dotted.substr(0, dotted.find('.'));
  return holds_word(
      "__future__ torch math cmath typing typing_extensions dataclasses functools itertools collections "
      "enum abc operator copy numbers warnings logging re string fractions contextlib",
      root);
}

bool is_known_module(std::string_view dotted) {
  return holds_word(
      "torch torch.nn torch.nn.functional torch.utils torch.ops torch.linalg torch.fft torch.special torch.nn.init "
      "torch.cuda torch.cpu torch.functional torch.autograd math functools operator contextlib warnings "
      "logging transformers",
      dotted);
}

bool is_plain_dunder(std::string_view name) {
  return holds_word(
      "__init__ __name__ __class__ __doc__ __version__ __post_init__ __call__ __getitem__ __len__ __iter__ "
      "__all__ __future__ __file__ __main__ __new__ __repr__ __str__",
      name);
}

}  // namespace adapt::judge
