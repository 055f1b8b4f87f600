/* VirtualCenter's calendar: its outages, and maintenance. */

static bool may_enter_maintenance(const Cluster *c, int64_t h) {
    if (c->clock.now_s[0] < c->clock.vc_returns_at_s[0] || c->hosts.power_state[h] != POWER_STATE_ON) return false;
    int64_t num_on = 0;
    for each(t, c->hosts.n) num_on += is_open(&c->hosts, t);
    return num_on > c->power_params.minimum_hosts_on && allows_leaving(c, h);
}

static void keep_calendar(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Incidents *incidents = &c->incidents;
    const double now_s = c->clock.now_s[0];
    const int64_t num_hosts = hosts->n;
    for each(n, incidents->n) {
        if (incidents->is_done[n] == 1 || incidents->at_s[n] > now_s) continue;
        const int64_t h = incidents->host[n];
        if (incidents->kind[n] == INCIDENT_KIND_VC_OUTAGE) {
            const double returns_at_s = incidents->at_s[n] + incidents->duration_s[n];
            c->clock.vc_returns_at_s[0] = most(c->clock.vc_returns_at_s[0], returns_at_s);
            incidents->is_done[n] = 1;
        }
        if (incidents->kind[n] == INCIDENT_KIND_MAINTENANCE && may_enter_maintenance(c, h)) {
            hosts->connection[h] = CONNECTION_STATE_ENTERING_MAINTENANCE;
            hosts->maintenance_ends_s[h] = now_s + incidents->duration_s[n];
            incidents->is_done[n] = 1;
        }
    }
    for each(h, num_hosts) {
        if (hosts->connection[h] == CONNECTION_STATE_CONNECTED) continue;
        if (hosts->maintenance_ends_s[h] <= now_s) {
            hosts->connection[h] = CONNECTION_STATE_CONNECTED;
            hosts->maintenance_ends_s[h] = NEVER;
        }
        const bool is_empty = hosts->num_vms[h] == 0 && hosts->vmotions[h] == 0;
        if (hosts->connection[h] == CONNECTION_STATE_ENTERING_MAINTENANCE && is_empty)
            hosts->connection[h] = CONNECTION_STATE_IN_MAINTENANCE;
    }
}
