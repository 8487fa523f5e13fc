FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
ENV NODE_OPTIONS="--require dd-trace/init"
CMD ["node", "index.js"]
