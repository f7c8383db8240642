/* A libnvidia-ml.so.1 for machines without a GPU: card i draws 100 * (i + 1) W for ever.
 *
 * NVML_CARDS     how many cards (1)
 * NVML_COUNTER   0: no energy counter, as before Volta
 * NVML_POWER     0: no power sensor either
 * NVML_STAIRS_MS the counter moves only so often, as real ones do every 100 ms
 * NVML_RESET     a file: once it exists, the counter starts again from nothing, as after a driver reload
 * NVML_FAILS     1: the library loads and answers nothing, as with a driver of another version
 * NVML_LOST      a file: once it exists, the card is lost and every question about it fails
 * NVML_SENSORS   0: no thermometer, no clock event reasons, no process list
 * NVML_STATE     a folder of files that hold numbers: celsius (45), used (1 GiB), limit (300 W), reasons (0, a mask),
 *                process (a process id on the card; none)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OK = 0, INVALID = 2, NOT_SUPPORTED = 3, TOO_SMALL = 7, LOST = 15, MISMATCH = 18 };
struct process { unsigned pid; unsigned long long used; unsigned instance, compute; };
static int cards[16];

static long setting(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long long state(const char *name, long long otherwise) {
    const char *folder = getenv("NVML_STATE");
    char path[4096];
    long long value = otherwise;
    if (!folder) return otherwise;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file) return otherwise;
    if (fscanf(file, "%lld", &value) != 1) value = otherwise;
    fclose(file);
    return value;
}

static int lost(void) {
    const char *path = getenv("NVML_LOST");
    return path && access(path, F_OK) == 0;
}

static int card(void *handle) { return (int)((int *)handle - cards); }

int nvmlInitWithFlags(unsigned flags) { (void)flags; return setting("NVML_FAILS", 0) ? MISMATCH : OK; }
int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return code == NOT_SUPPORTED ? "Not Supported" : "error"; }

int nvmlSystemGetDriverVersion(char *version, unsigned length) { snprintf(version, length, "550.54"); return OK; }
int nvmlSystemGetCudaDriverVersion(int *version) { *version = 12040; return OK; }

int nvmlDeviceGetCount_v2(unsigned *count) { *count = (unsigned)setting("NVML_CARDS", 1); return OK; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
    if (index >= (unsigned)setting("NVML_CARDS", 1)) return INVALID;
    *handle = &cards[index];
    return OK;
}

int nvmlDeviceGetName(void *handle, char *name, unsigned length) {
    snprintf(name, length, "Simulated GPU %d", card(handle));
    return OK;
}

int nvmlDeviceGetUUID(void *handle, char *uuid, unsigned length) {
    snprintf(uuid, length, "GPU-%08d-aaaa", card(handle));
    return OK;
}

int nvmlDeviceGetTotalEnergyConsumption(void *handle, unsigned long long *millijoules) {
    if (lost()) return LOST;
    if (!setting("NVML_COUNTER", 1)) return NOT_SUPPORTED;
    long now = milliseconds(), stairs = setting("NVML_STAIRS_MS", 1);
    const char *reset = getenv("NVML_RESET");
    now -= now % stairs;
    if (reset && access(reset, F_OK) == 0) now = 0;
    *millijoules = (unsigned long long)now * 100 * (unsigned)(card(handle) + 1);
    return OK;
}

int nvmlDeviceGetPowerUsage(void *handle, unsigned *milliwatts) {
    if (lost()) return LOST;
    if (!setting("NVML_POWER", 1)) return NOT_SUPPORTED;
    *milliwatts = 100000u * (unsigned)(card(handle) + 1);
    return OK;
}

int nvmlDeviceGetEnforcedPowerLimit(void *handle, unsigned *milliwatts) {
    (void)handle;
    *milliwatts = (unsigned)state("limit", 300) * 1000;
    return OK;
}

int nvmlDeviceGetMemoryInfo(void *handle, unsigned long long *memory) {
    (void)handle;
    memory[0] = 16ull << 30, memory[2] = (unsigned long long)state("used", 1ll << 30), memory[1] = memory[0] - memory[2];
    return OK;
}

int nvmlDeviceGetTemperature(void *handle, int sensor, unsigned *degrees) {
    (void)handle, (void)sensor;
    if (!setting("NVML_SENSORS", 1)) return NOT_SUPPORTED;
    *degrees = (unsigned)state("celsius", 45);
    return OK;
}

int nvmlDeviceGetUtilizationRates(void *handle, unsigned *rates) {
    (void)handle;
    rates[0] = rates[1] = 50;
    return OK;
}

int nvmlDeviceGetComputeMode(void *handle, int *mode) { (void)handle; *mode = 0; return OK; }

int nvmlDeviceGetCurrentClocksThrottleReasons(void *handle, unsigned long long *reasons) {
    (void)handle;
    if (!setting("NVML_SENSORS", 1)) return NOT_SUPPORTED;
    *reasons = (unsigned long long)state("reasons", 0);
    return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, unsigned *count, struct process *found) {
    (void)handle;
    if (!setting("NVML_SENSORS", 1)) return NOT_SUPPORTED;
    long long process = state("process", 0);
    unsigned room = *count;
    *count = process ? 1 : 0;
    if (!process) return OK;
    if (!found || room < 1) return TOO_SMALL;
    memset(found, 0, sizeof *found);
    found->pid = (unsigned)process;
    return OK;
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(void *h, unsigned *n, void *p) { (void)h, (void)p; *n = 0; return OK; }
